"""The Django store keeps its contract on PostgreSQL and on MariaDB."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pymysql
import pytest
from django.db import DatabaseError, connections, transaction
from support import django_databases
from support.bench import Servers

from celery_safe.store import Limits, MessageStore
from celery_safe.store.django import DjangoStore
from celery_safe.testing.store_contract import StoreContract, new

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True, scope="module")
def _pymysql_as_mysqldb() -> None:
    # Django asks for mysqlclient, which needs a compiler; its backend works with both.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()


class DjangoContract(StoreContract):
    server: ClassVar[str]
    database: ClassVar[dict[str, str]]
    #: Ends the connection from the server's side.
    end: ClassVar[str]

    @pytest.fixture
    def made(self, servers: Servers) -> Iterator[DjangoStore]:
        name, server = f"d{uuid.uuid4().hex}", servers(self.server)
        server.database(name)
        alias = django_databases.add(HOST="127.0.0.1", PORT=server.port, NAME=name, **self.database)
        store = DjangoStore(alias)
        store.init()
        yield store
        django_databases.remove(alias)

    @pytest.fixture
    def store(self, made: DjangoStore) -> MessageStore:
        return made

    @pytest.fixture
    def bounded(self, made: DjangoStore) -> Callable[[Limits], MessageStore]:
        def make(limits: Limits) -> MessageStore:
            made.discard([entry.id for entry in made.list()])
            return DjangoStore(made.using, limits)

        return make

    def test_a_connection_that_broke_is_made_again(self, made: DjangoStore) -> None:
        made.now()
        with pytest.raises(DatabaseError), connections[made.using].cursor() as cursor:
            cursor.execute(self.end)
        made.put([new("a")])
        assert made.count().messages == 1

    def test_what_is_put_in_an_open_transaction_is_not_seen_before(self, made: DjangoStore) -> None:
        seen: list[Any] = []

        def look() -> None:
            seen.append(made.claim("other", 60, 10))
            connections[made.using].close()

        with transaction.atomic(using=made.using):
            made.put([new("a")])
            thread = threading.Thread(target=look)
            thread.start()
            thread.join(30)
        assert seen == [[]]
        assert [e.id for e in made.claim("me", 60, 10)] == ["a"]


class TestPostgreSQL(DjangoContract):
    server = "postgres"
    database = {"ENGINE": "django.db.backends.postgresql", "USER": "postgres"}
    end = "SELECT pg_terminate_backend(pg_backend_pid())"


class TestMariaDB(DjangoContract):
    server = "mariadb"
    database = {"ENGINE": "django.db.backends.mysql", "USER": "root"}
    end = "KILL CONNECTION_ID()"
