"""The SQL store keeps the contract on SQLite; real servers are in tests/integration/test_store.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from celery_safe.store import Limits, MessageStore
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.store_contract import StoreContract, new


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    yield engine
    engine.dispose()


class TestSQLAlchemyStore(StoreContract):
    @pytest.fixture
    def store(self, engine: Engine) -> MessageStore:
        store = SQLAlchemyStore(engine)
        store.init()
        return store

    @pytest.fixture
    def bounded(self, engine: Engine) -> Callable[[Limits], MessageStore]:
        def make(limits: Limits) -> MessageStore:
            store = SQLAlchemyStore(engine, limits=limits)
            store.table.drop(engine, checkfirst=True)
            store.init()
            return store

        return make


def test_put_in_a_transaction_of_the_user_is_there_if_it_commits(engine: Engine) -> None:
    store = SQLAlchemyStore(engine)
    store.init()
    with engine.connect() as connection:
        store.put([new("rolled back")], connection)
        connection.rollback()
    with engine.begin() as connection:
        store.put([new("kept")], connection)
    assert [e.id for e in store.list()] == ["kept"]


def test_missing_table_and_column_are_named(engine: Engine) -> None:
    store = SQLAlchemyStore(engine)
    with pytest.raises(RuntimeError, match="celery_safe_messages is missing"):
        store.check()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE celery_safe_messages (id TEXT)"))
    with pytest.raises(RuntimeError, match=r"lacks attempts, body"):
        store.check()
