"""Idempotency keys on real databases: several processes and transactions at once, and one message."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
import redis
from django.db import connections, transaction
from sqlalchemy import text
from sqlalchemy.orm import Session
from support import django_databases
from support.bench import ROOT, Servers
from support.sql_store import sql_store

from celery_safe import SafeCelery
from celery_safe.outbox import outbox
from celery_safe.store.django import DjangoStore
from celery_safe.store.redis import RedisStore
from celery_safe.store.sqlalchemy import SQLAlchemyStore

pytestmark = pytest.mark.broker
DJANGO = {
    "postgres": ("django.db.backends.postgresql", "postgres"),
    "mariadb": ("django.db.backends.mysql", "root"),
}


@pytest.fixture(autouse=True, scope="module")
def _pymysql_as_mysqldb() -> None:
    pymysql.version_info = (2, 2, 7, "final", 0)  # Django asks for mysqlclient, and works with both
    pymysql.install_as_MySQLdb()


def make(store: Any) -> Any:
    app: Any = SafeCelery("keys", broker="memory://", store=store)
    app.conf.task_default_queue = f"q{uuid.uuid4().hex}"

    @app.task(name="pay")
    def pay(n: int) -> None: ...

    app.pay = pay
    return app


@pytest.fixture(params=["postgres", "mariadb"])
def store(servers: Servers, request: pytest.FixtureRequest) -> Iterator[SQLAlchemyStore]:
    with sql_store(servers(request.param).url()) as made:
        yield made


def sent(store: Any) -> list[str]:
    return [e.message.headers["argsrepr"] for e in store.list()]


@pytest.mark.parametrize("first_commits", [True, False])
def test_the_second_transaction_waits_for_the_first(store: Any, first_commits: bool) -> None:
    app, key = make(store), uuid.uuid4().hex
    found: list[str] = []
    has_begun = threading.Event()

    def second() -> None:
        with Session(store.engine) as session, session.begin(), outbox(session):
            session.execute(text("SELECT 1"))  # of a snapshot, if the database takes one
            has_begun.set()
            found.append(app.pay.apply_async((2,), idempotency_key=key).id)

    thread = threading.Thread(target=second)
    with Session(store.engine) as session, outbox(session):
        first = app.pay.apply_async((1,), idempotency_key=key).id
        thread.start()
        assert has_begun.wait(30)
        thread.join(0.3)
        assert thread.is_alive()
        session.commit() if first_commits else session.rollback()
    thread.join(60)
    assert sent(store) == (["(1,)"] if first_commits else ["(2,)"])
    assert (found == [first]) is first_commits


def test_of_many_transactions_one_sends(store: Any) -> None:
    app, key = make(store), uuid.uuid4().hex
    start = threading.Barrier(6)
    found: list[str] = []

    def call(n: int) -> None:
        start.wait()
        with Session(store.engine) as session, session.begin(), outbox(session):
            found.append(app.pay.apply_async((n,), idempotency_key=key).id)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    (entry,) = store.list()
    assert set(found) == {entry.message.task_id}


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_in_djangos_transactions(servers: Servers, kind: str) -> None:
    engine, user = DJANGO[kind]
    server, name = servers(kind), f"d{uuid.uuid4().hex}"
    server.database(name)
    alias = django_databases.add(
        ENGINE=engine, USER=user, HOST="127.0.0.1", PORT=server.port, NAME=name
    )
    app, key = make(DjangoStore(alias)), uuid.uuid4().hex
    app.store.init()
    has_begun, found = threading.Event(), []

    def second() -> None:
        with transaction.atomic(using=alias):
            has_begun.set()
            found.append(app.pay.apply_async((2,), idempotency_key=key).id)
        connections[alias].close()

    try:
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias):
            app.pay.apply_async((0,), idempotency_key=key)
            raise ZeroDivisionError
        thread = threading.Thread(target=second)
        with transaction.atomic(using=alias):
            first = app.pay.apply_async((1,), idempotency_key=key).id
            thread.start()
            assert has_begun.wait(30)
            thread.join(0.3)
            assert thread.is_alive()
        thread.join(60)
        assert found == [first]
        assert sent(app.store) == ["(1,)"]
    finally:
        django_databases.remove(alias)


CALL = """
import sys, redis
from celery_safe import SafeCelery
from celery_safe.store.redis import RedisStore
url, prefix, key = sys.argv[1:]
app = SafeCelery("keys", broker=url, store=RedisStore(redis.Redis.from_url(url), prefix))
app.conf.task_default_queue = prefix
app.task(name="pay")(lambda n: None)
print("ready", flush=True)
sys.stdin.readline()
print(app.send_task("pay", (1,), idempotency_key=key).id, flush=True)
"""


def test_of_processes_one_sends(servers: Servers, tmp_path: Path) -> None:
    url, prefix = servers("redis").url(), f"q{uuid.uuid4().hex}"
    every = [
        subprocess.Popen(
            [sys.executable, "-c", CALL, url, prefix, "order-7"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    try:
        for one in every:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in every:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        ids = {one.communicate(timeout=60)[0].strip() for one in every}
    finally:
        for one in every:
            one.kill()
            one.wait(20)
    client: Any = redis.Redis.from_url(url)
    assert len(ids) == 1
    assert client.llen(prefix) == 1
    assert RedisStore(client, prefix).records.read("once")[0].value["state"] == "sent"
