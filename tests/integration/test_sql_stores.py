"""The SQL store keeps its contract on PostgreSQL and on MariaDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine, create_engine
from support.bench import Servers

from celery_safe.store import Limits, MessageStore
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.store_contract import StoreContract

pytestmark = pytest.mark.broker


class SQLContract(StoreContract):
    server: ClassVar[str]

    @pytest.fixture
    def engine(self, servers: Servers) -> Iterator[Engine]:
        engine = create_engine(servers(self.server).database(f"c{uuid.uuid4().hex}"))
        yield engine
        engine.dispose()

    @pytest.fixture
    def bounded(self, engine: Engine) -> Callable[[Limits], MessageStore]:
        def make(limits: Limits) -> MessageStore:
            store = SQLAlchemyStore(engine, limits=limits)
            for table in store.table.metadata.tables.values():
                table.drop(engine, checkfirst=True)
            store.init()
            return store

        return make

    @pytest.fixture
    def store(self, bounded: Callable[[Limits], Any]) -> MessageStore:
        return bounded(Limits())


class TestPostgreSQL(SQLContract):
    server = "postgres"


class TestMariaDB(SQLContract):
    server = "mariadb"
