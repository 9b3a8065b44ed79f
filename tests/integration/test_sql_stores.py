"""The SQL store keeps its contract on PostgreSQL and on MariaDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine, create_engine, event, text
from support import migrations
from support.bench import Servers
from support.connections import end_connections

from celery_safe.store import Filter, Limits, MessageStore
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.store_contract import StoreContract, new

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def engines(servers: Servers) -> Iterator[Callable[[str], Engine]]:
    made: dict[str, Engine] = {}

    def get(kind: str) -> Engine:
        if kind not in made:
            made[kind] = create_engine(servers(kind).database(f"c{uuid.uuid4().hex}"))
        return made[kind]

    yield get
    for engine in made.values():
        engine.dispose()


class SQLContract(StoreContract):
    server: ClassVar[str]

    @pytest.fixture
    def engine(self, engines: Callable[[str], Engine]) -> Engine:
        return engines(self.server)

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

    def test_after_a_restart_of_the_database_the_first_to_ask_is_answered(
        self, store: MessageStore, engine: Engine
    ) -> None:
        calls: list[Callable[[], object]] = [
            lambda: store.put([new("a")]), store.now, store.due, store.count, store.list,
            lambda: store.get("a"), lambda: store.claim("me", 60, 1),
            lambda: store.release("me", ["a"], None), lambda: store.discard(["a"]),
            lambda: store.records.write("x", "a", {}), lambda: store.records.read("x"),
            lambda: store.records.reserve("x", "b", {}, 60), lambda: store.records.erase("x", ["a"]),
            store.records.sweep,
        ]  # fmt: skip
        store.now()
        for call in calls:
            assert end_connections(engine.url.render_as_string(False)) > 0
            call()
        assert store.count().messages == 0


class TestPostgreSQL(SQLContract):
    server = "postgres"


class TestMariaDB(SQLContract):
    server = "mariadb"


def test_a_backlog_is_not_read_through(servers: Servers) -> None:
    engine = create_engine(servers("postgres").database(f"c{uuid.uuid4().hex}"))
    store = SQLAlchemyStore(engine)
    store.init()
    store.put([new("pattern")])
    with engine.begin() as connection:
        for kind, due in (("eta", "created_at + 3600"), ("dead", "NULL"), ("held", "created_at")):
            copied = (
                "'json', exchange, routing_key, reason, error, details, meta, body, size, format"
            )
            connection.execute(
                text(
                    "INSERT INTO celery_safe_messages (id, kind, created_at, due_at, attempts, task_id,"
                    " task, exchange, routing_key, reason, error, details, meta, body, size, format)"
                    f" SELECT '{kind}' || n, '{kind}', created_at, {due}, 0, 'task' || n, {copied}"
                    " FROM celery_safe_messages, generate_series(1, 5000) n WHERE id = 'pattern'"
                )
            )
        connection.execute(text("ANALYZE celery_safe_messages"))
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine, "before_cursor_execute",
        lambda _c, _cursor, statement, values, *_: asked.append((statement, values)),
    )  # fmt: skip
    store.claim("me", 60, 10)
    store.due()
    store.list(Filter(kinds=["held", "unknown"]), limit=10)
    searches = [(s, v) for s, v in asked if "FROM celery_safe_messages" in s]
    assert len(searches) > 10
    with engine.connect() as connection:
        for statement, values in searches:
            (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).one()
            nodes = list(nodes_of(plan[0]["Plan"]))
            assert not {"Seq Scan", "Bitmap Heap Scan"} & {n["Node Type"] for n in nodes}, statement
            if "due_at <=" in statement:
                assert any("due_at <=" in n.get("Index Cond", "") for n in nodes), statement
    engine.dispose()


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes_of(below)


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_alembic_makes_the_tables(servers: Servers, tmp_path: Path, server: str) -> None:
    migrations.check(tmp_path / "alembic", servers(server).database(f"a{uuid.uuid4().hex}"))
