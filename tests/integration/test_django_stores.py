"""The Django store keeps its contract on PostgreSQL and on MariaDB."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pymysql
import pytest
from django.apps import apps
from django.db import connections, transaction
from support import django_databases
from support.bench import Servers
from support.connections import end_connections

from celery_safe.store import Limits, MessageStore
from celery_safe.store.django import DjangoStore
from celery_safe.testing.store_contract import StoreContract, new

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True, scope="module")
def _pymysql_as_mysqldb() -> None:
    # Django asks for mysqlclient, which needs a compiler; its backend works with both.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()


BACKENDS = {
    "postgres": {"ENGINE": "django.db.backends.postgresql", "USER": "postgres"},
    "mariadb": {"ENGINE": "django.db.backends.mysql", "USER": "root"},
}


@pytest.fixture(scope="module")
def aliases(servers: Servers) -> Iterator[Callable[[str], str]]:
    """One migrated database on each server for all tests: migrating takes half a second."""
    made: dict[str, str] = {}

    def get(kind: str) -> str:
        if kind not in made:
            name, server = f"d{uuid.uuid4().hex}", servers(kind)
            server.database(name)
            made[kind] = django_databases.add(
                HOST="127.0.0.1", PORT=server.port, NAME=name, **BACKENDS[kind]
            )
            DjangoStore(made[kind]).init()
        return made[kind]

    yield get
    for alias in made.values():
        django_databases.remove(alias)


class DjangoContract(StoreContract):
    server: ClassVar[str]

    @pytest.fixture
    def made(self, aliases: Callable[[str], str]) -> DjangoStore:
        store = DjangoStore(aliases(self.server))
        for model in apps.get_app_config("celery_safe").get_models():
            model._default_manager.using(store.using).all().delete()
        return store

    @pytest.fixture
    def store(self, made: DjangoStore) -> MessageStore:
        return made

    @pytest.fixture
    def bounded(self, made: DjangoStore) -> Callable[[Limits], MessageStore]:
        def make(limits: Limits) -> MessageStore:
            made.discard([entry.id for entry in made.list()])
            return DjangoStore(made.using, limits)

        return make

    def test_after_a_restart_of_the_database_the_first_to_ask_is_answered(
        self, store: MessageStore, made: DjangoStore, servers: Servers
    ) -> None:
        calls: list[Callable[[], object]] = [
            lambda: store.put([new("a")]), store.now, store.due, store.count, store.list,
            lambda: store.get("a"), lambda: store.claim("me", 60, 1),
            lambda: store.release("me", ["a"], None), lambda: store.discard(["a"]),
            lambda: store.records.write("x", "a", {}), lambda: store.records.read("x"),
            lambda: store.records.reserve("x", "b", {}, 60), lambda: store.records.erase("x", ["a"]),
            store.records.sweep,
        ]  # fmt: skip
        name = connections[made.using].settings_dict["NAME"]
        url = servers(self.server).url(name)
        store.now()
        for call in calls:
            assert end_connections(url) > 0
            call()
        assert store.count().messages == 0

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


class TestMariaDB(DjangoContract):
    server = "mariadb"


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_relay_holds_rows_by_locks_and_others_pass_them(
    aliases: Callable[[str], str], kind: str
) -> None:
    store = DjangoStore(aliases(kind))
    apps.get_model("celery_safe", "StoredMessage")._default_manager.using(
        store.using
    ).all().delete()
    store.put([new(f"{n:03}", kind="outbox") for n in range(30)])
    seen: list[int] = []

    def other() -> None:
        with store.hold(100, ["outbox"]) as held:
            seen.append(len(held.entries))
            held.done([entry.id for entry in held.entries])
        connections[store.using].close()

    with store.hold(20, ["outbox"]) as held:
        first, second, *rest = held.entries
        assert [first.id, second.id] == ["000", "001"]
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(60)
        assert seen == [10]
        held.done([entry.id for entry in rest])
        held.later(first, 60, "no queue")
        held.bury(second, "too often", "no queue")
    left = {entry.id: entry for entry in store.list()}
    assert set(left) == {"000", "001"}
    assert (left["000"].attempts, left["000"].error) == (1, "no queue")
    assert (left["000"].due_at or 0) - store.now() > 30
    assert (left["001"].kind, left["001"].due_at) == ("dead", None)


def test_senders_notify_in_their_transaction(aliases: Callable[[str], str]) -> None:
    store = DjangoStore(aliases("postgres"))
    listener = store._listen()
    try:
        with transaction.atomic(using=store.using):
            store.tell()
            assert not listener.wait(0.2)
        assert listener.wait(30)
    finally:
        listener.close()
    assert DjangoStore(aliases("mariadb")).listener is None
