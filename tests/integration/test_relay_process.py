"""The relay as people run it: a command of its own, or a thread of a worker; killed and notified."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from support.bench import Servers, kill_tree
from support.sql_store import sql_store

from celery_safe import SafeCelery
from celery_safe.outbox import outbox
from celery_safe.relay import Relay
from celery_safe.relay.loop import Loop
from celery_safe.store._notify import Listener
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker
HERE = Path(__file__).parent


@pytest.fixture
def store(servers: Servers) -> Iterator[SQLAlchemyStore]:
    with sql_store(servers("postgres").url()) as made:
        yield made


@pytest.fixture
def app(servers: Servers, store: Any) -> Any:
    made: Any = SafeCelery("outbox", broker=servers("redis").url(), store=store)
    made.conf.task_default_queue = f"q{uuid.uuid4().hex}"

    @made.task(name="work")
    def work(number: int) -> None: ...

    made.work = work
    made.redis = redis.Redis.from_url(servers("redis").url())
    return made


def env(app: Any, folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ, "BROKER": app.conf.broker_url, "TABLE": app.store.table.name,
        "STORE": app.store.engine.url.render_as_string(hide_password=False),
        "QUEUE": app.conf.task_default_queue, "EFFECTS": str(folder / "effects"),
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]), **more,
    }  # fmt: skip


@pytest.fixture
def start(app: Any, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a relay, or with other words whatever is given; the log is ``log`` of its folder."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*words: str, **more: str) -> subprocess.Popen[bytes]:
        command = words or ("celery_safe.cli", "relay", "-A", "outbox_app", "--batch", "50")
        code = ["-c", "from celery_safe.cli import main; main()", *command[1:]]
        with (tmp_path / "log").open("ab") as log:
            one = subprocess.Popen(
                [sys.executable, *(code if command[0] == "celery_safe.cli" else ["-m", *command])],
                env=env(app, tmp_path, **more), cwd=tmp_path, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        started.append(one)
        return one

    yield run
    for one in started:
        kill_tree(one)


def send(app: Any, *numbers: int) -> None:
    with Session(app.store.engine) as session, session.begin(), outbox(session):
        for number in numbers:
            app.work.delay(number)


def in_broker(app: Any) -> int:
    return int(app.redis.llen(app.conf.task_default_queue))


def log(folder: Path) -> str:
    return (folder / "log").read_text()


def test_what_commits_is_in_the_broker_at_once_and_sigterm_ends_it(
    app: Any, start: Any, tmp_path: Path
) -> None:
    relay = start("celery_safe.cli", "relay", "-A", "outbox_app", "--poll", "60")
    send(app, 0)
    until(lambda: in_broker(app) == 1, f"the relay works, see {tmp_path / 'log'}")
    for number in range(1, 6):
        time.sleep(0.3)  # it is no longer looking often: a notification wakes it
        send(app, number)
        # Without notifications it would be a minute.
        until(lambda: in_broker(app) > number, "the message arrives", 20)  # noqa: B023
    assert "looks every" not in log(tmp_path)
    relay.send_signal(signal.SIGTERM)
    assert relay.wait(30) == 0
    assert "6 sent, 0 expired, 0 put off, 0 dead letters" in log(tmp_path)


def test_killed_relay_loses_nothing_and_repeats_one_batch_at_most(
    app: Any, start: Any, tmp_path: Path
) -> None:
    for first in range(0, 3000, 500):
        send(app, *range(first, first + 500))
    victim = start()
    until(lambda: in_broker(app) > 100, "the relay works")
    kill_tree(victim)
    start()
    until(lambda: app.store.count().messages == 0, "the second relay moves the rest")
    queue = app.conf.task_default_queue
    bodies = [app.redis.lindex(queue, n) for n in range(in_broker(app))]
    assert all(bodies)
    found = [json.loads(b)["headers"]["id"] for b in bodies if b]
    assert len(set(found)) == 3000
    assert len(found) - 3000 <= 50


def test_relay_inside_a_worker(app: Any, start: Any, tmp_path: Path) -> None:
    start("celery", "-A", "outbox_app", "worker", "-c", "1", "-P", "threads", RELAY="worker")
    send(app, 1, 2, 3)
    effects = tmp_path / "effects"
    until(
        lambda: effects.exists() and len(effects.read_text().splitlines()) == 3,
        f"the worker has moved and run them, see {tmp_path / 'log'}",
    )
    assert sorted(effects.read_text().split()) == ["1", "2", "3"]
    assert app.store.count().messages == 0


def test_once(app: Any, start: Any, tmp_path: Path) -> None:
    send(app, 1, 2)
    one = start("celery_safe.cli", "relay", "-A", "outbox_app", "--once")
    assert one.wait(60) == 0
    assert "2 sent" in log(tmp_path)


def test_deaf_listener_says_so(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery_safe.store._notify.PROBE", 0.2)
    monkeypatch.setattr(Listener, "_received", lambda self, timeout: [])
    with pytest.raises(ConnectionError, match="pooler in transaction mode"):
        store.listener()


def test_senders_notify_seldom(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery_safe.store._sql_outgoing.SELDOM", 600.0)
    heard = app.store.listener()
    try:
        for number in range(20):
            send(app, number)
        until(lambda: heard.wait(0.5), "a notification")
        assert not heard.wait(0.5)
    finally:
        heard.close()


def test_one_relay_of_a_table_looks_often(store: Any) -> None:
    first, second = store.listener(), store.listener()
    try:
        assert first.lead()
        assert first.lead(), "it goes on leading"
        assert not second.lead()
        assert not second.rest(), "it has nothing to give up"
        assert first.rest()
        assert second.lead()
        assert not first.lead()
        second.close()  # as when its process is killed
        until(first.lead, "the server learns of the death", 30)
    finally:
        first.close()


def test_senders_are_silent_while_a_relay_leads(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery_safe.store._sql_outgoing.SELDOM", 0.0)
    heard, leader = app.store.listener(), app.store.listener()
    try:
        assert leader.lead()
        until(lambda: not heard.wait(0.2), "the probe of the other one has passed")
        for number in range(5):
            send(app, number)
        assert not heard.wait(0.5)
        assert leader.rest(), "the senders hold nothing"
        send(app, 5)
        until(lambda: heard.wait(0.5), "a notification")
    finally:
        heard.close()
        leader.close()


def test_looks_after_a_drain_begin_where_it_has_ended(
    app: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(app, *range(20))
    loop = Loop(Relay(app, store, ["outbox"]), batch=5)
    assert loop.drain() == 20
    hold, begun = store.hold, []

    def seen(limit: int, kinds: Any, after: Any) -> Any:
        begun.append(after)
        return hold(limit, kinds, after)

    monkeypatch.setattr(store, "hold", seen)
    monkeypatch.setattr("celery_safe.relay.ALL", 600.0)
    loop.relay.look_at_all()
    loop.relay.move(5)
    loop.relay.move(5)
    loop.relay.close()
    assert [sorted(after) for after in begun] == [[], ["outbox"]]


@pytest.mark.own_server
def test_relay_that_starts_before_its_database_waits_for_it(
    servers_here: Servers, app: Any, start: Any, tmp_path: Path
) -> None:
    own = servers_here("postgres")
    app._store = SQLAlchemyStore(create_engine(own.url()))
    app.store.init()
    send(app, 1)
    own.kill()
    start()
    until(lambda: "cannot be asked yet" in log(tmp_path), "it says that it waits")
    app.store.engine.dispose()
    own.start()
    until(lambda: in_broker(app) == 1, f"the message arrives, see {tmp_path / 'log'}")
