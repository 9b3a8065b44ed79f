"""The relay on real databases and brokers: what commits arrives, each as it was meant, whatever breaks."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from support.bench import Servers
from support.shapes import SHAPES, make_app, repeatable
from support.sql_store import sql_store

from celery_safe.doctor.outbox import examine
from celery_safe.message import Message
from celery_safe.outbox import first_time, outbox
from celery_safe.relay import Outage, Relay
from celery_safe.store import New
from celery_safe.store._sql_held import due_of
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker
DATABASES = ["postgres", "mariadb", "sqlite"]


@pytest.fixture
def url(servers: Servers, request: pytest.FixtureRequest, tmp_path: Any) -> str:
    kind = getattr(request, "param", "postgres")
    return f"sqlite:///{tmp_path / 'shop.db'}" if kind == "sqlite" else servers(kind).url()


@pytest.fixture
def store(url: str) -> Iterator[SQLAlchemyStore]:
    with sql_store(url) as made:
        yield made


@pytest.fixture(params=["redis", "rabbitmq", "sqlite"])
def broker(servers: Servers, request: pytest.FixtureRequest) -> str:
    return str(servers(request.param).url())


@pytest.fixture
def app(broker: str, store: Any) -> Any:
    return make_app(broker, store, queue=f"q{uuid.uuid4().hex[:8]}", backend="cache+memory://")


def drain(app: Any) -> list[dict[str, Any]]:
    """All messages in the app's queues, as a worker would get them, but for what a delivery adds."""
    found = []
    with app.connection_for_read() as connection:
        for suffix in ("", ".other", ".topic", ".third"):
            queue = app.amqp.queues.get(f"{app.q}{suffix}") or app.amqp.queues.new_missing(
                f"{app.q}{suffix}"
            )
            bound = queue(connection.default_channel)
            bound.declare()
            while (message := bound.get(no_ack=True)) is not None:
                raw = message.body
                found.append(
                    {
                        "queue": queue.name, "body": raw if isinstance(raw, bytes) else raw.encode(),
                        "headers": dict(message.headers), "type": message.content_type,
                        "encoding": message.content_encoding,
                        "properties": {
                            k: v for k, v in message.properties.items()
                            if k not in ("delivery_tag", "delivery_info", "application_headers")
                        },
                    }
                )  # fmt: skip
    return found


def send(store: Any, app: Any, *numbers: int, **options: Any) -> list[str]:
    with Session(store.engine) as session, session.begin(), outbox(session):
        return [app.add.apply_async((n,), **options).id for n in numbers]


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [m["headers"]["argsrepr"] for m in found]


def test_shapes_through_the_database_are_the_same_on_the_wire(app: Any, store: Any) -> None:
    assert drain(app) == []  # the queues are there
    relay = Relay(app, store, ["outbox"])
    different = []
    for name, call in SHAPES.items():
        with repeatable():
            call(app)
        direct = drain(app)
        with repeatable(), Session(store.engine) as session, session.begin(), outbox(session):
            call(app)
        relay.step(100)
        again = drain(app)
        if not direct or again != direct:
            different.append((name, direct, again))
    relay.close()
    assert store.count().messages == 0
    assert different == []


@pytest.mark.parametrize("url", DATABASES, indirect=True)
@pytest.mark.parametrize("broker", ["redis", "rabbitmq"], indirect=True)
def test_many_rows_arrive_in_order(app: Any, store: Any) -> None:
    for first in range(0, 300, 50):
        send(store, app, *range(first, first + 50))
    relay = Relay(app, store, ["outbox"])
    moved = [relay.step(100) for _ in range(4)]
    relay.close()
    assert moved == [100, 100, 100, 0]
    assert numbers(drain(app)) == [f"({n},)" for n in range(300)]
    assert store.count().messages == 0


def test_poison_backs_off_and_blocks_nobody(app: Any, store: Any) -> None:
    send(store, app, 1)
    with Session(store.engine) as session, session.begin(), outbox(session):
        app.add.apply_async(("lost",), exchange=f"{app.q}.nowhere", routing_key="none")
    send(store, app, 2)
    relay = Relay(app, store, ["outbox"])
    assert relay.step(100) == 2
    (row,) = store.list()
    assert row.attempts == 1
    assert row.error
    assert row.due_at - store.now() <= 1.3
    for _ in range(19):
        with store.engine.begin() as connection:
            connection.execute(store.table.update().values(due_at=0))
        assert relay.step(100) == 0
    (row,) = store.list()
    assert (row.kind, row.due_at) == ("dead", None)
    assert "could not be published 20 times" in row.reason
    relay.close()
    assert numbers(drain(app)) == ["(1,)", "(2,)"]


@pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
def test_unroutable_is_an_error_and_not_a_silence(app: Any, store: Any) -> None:
    drain(app)
    with Session(store.engine) as session, session.begin(), outbox(session):
        app.add.apply_async((1,), exchange=f"{app.q}.topic", routing_key="orders.new")
        app.add.apply_async((2,), exchange=f"{app.q}.topic", routing_key="nobody.listens")
    relay = Relay(app, store, ["outbox"])
    assert relay.step(100) == 1
    relay.close()
    (row,) = store.list()
    assert "no queue takes it" in row.error
    assert "nobody.listens" in row.error
    assert numbers(drain(app)) == ["(1,)"]


def test_expired_is_dropped_and_counted_and_the_rest_of_its_life_is_kept(
    app: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    app.now = type(app).__mro__[1].now.__get__(app)  # the real clock
    send(store, app, 1, expires=0.05)
    send(store, app, 2, expires=100)
    time.sleep(0.2)
    relay = Relay(app, store, ["outbox"])
    assert relay.step(100) == 1
    assert relay.totals.expired == 1
    relay.close()
    (message,) = drain(app)
    assert message["headers"]["argsrepr"] == "(2,)"
    assert 20_000 < int(message["properties"]["expiration"]) < 99_900


@pytest.mark.parametrize("url", ["postgres", "mariadb"], indirect=True)
@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_two_relays_share_and_a_dead_one_holds_nothing(app: Any, store: Any) -> None:
    send(store, app, *range(100))
    first, second = store.hold(60, ["outbox"]), Relay(app, store, ["outbox"])
    with pytest.raises(ZeroDivisionError), first as held:
        assert len(held.entries) == 60
        assert second.step(100) == 40
        send(store, app, 1000)  # the held rows block no sender
        held._connection.invalidate()  # as when its process is killed
        raise ZeroDivisionError
    moved = 0

    def the_rest_too() -> bool:
        nonlocal moved
        moved += second.step(100)
        return moved >= 61

    # The server learns of the death a moment later.
    until(the_rest_too, "what the dead one held is moved", 30)
    second.close()
    assert len(drain(app)) == 101


def test_outage_counts_no_attempt(app: Any, store: Any) -> None:
    send(store, app, 1)
    right, app.conf.broker_url = app.conf.broker_url, "redis://127.0.0.1:1/0"
    app.conf.broker_write_url = "redis://127.0.0.1:1/0"
    relay = Relay(app, store, ["outbox"])
    for _ in range(3):
        with pytest.raises(Outage):
            relay.step(100)
    assert store.list()[0].attempts == 0
    app.conf.broker_url = app.conf.broker_write_url = right
    assert relay.step(100) == 1
    relay.close()
    assert len(drain(app)) == 1


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_parked_rows_cost_the_poll_nothing(app: Any, store: Any) -> None:
    send(store, app, 0)
    with store.engine.begin() as connection:
        connection.execute(
            text(
                f"insert into {store.table.name} select 'p' || n, 'eta', created_at, "
                "due_at + 86400, attempts, owner, lease_until, task_id, task, exchange, routing_key, "
                "reason, error, details, meta, body, size, format "
                f"from {store.table.name}, generate_series(1, 50000) n"
            )
        )
        query = due_of(store.table, "postgresql", 500, "outbox").compile(
            store.engine, compile_kwargs={"literal_binds": True}
        )
        plan = "\n".join(connection.execute(text(f"explain (analyze, buffers) {query}")).scalars())
    removed = [int(n) for n in re.findall(r"Rows Removed by Filter: (\d+)", plan)]
    hit = re.search(r"Buffers: shared hit=(\d+)", plan)
    assert sum(removed) < 100, plan
    assert hit is not None, plan
    assert int(hit[1]) < 50, plan


@pytest.mark.parametrize("url", ["postgres", "mariadb"], indirect=True)
@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_inbox_of_two_deliveries_at_once(app: Any, store: Any) -> None:
    app.add.push_request(id="one")
    first, second = Session(store.engine), Session(store.engine)
    assert first_time(first, app.add)
    seen: list[bool] = []

    def other() -> None:
        app.add.push_request(id="one")
        seen.append(first_time(second, app.add))
        second.commit()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(0.3)
    assert seen == [], "the second waits for the first"
    first.commit()
    thread.join(60)
    assert seen == [False]
    first.close()
    second.close()
    app.add.pop_request()


@pytest.mark.parametrize("url", ["postgres", "mariadb"], indirect=True)
@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_doctor_asks_the_living_database(app: Any, store: Any) -> None:
    assert [f for f in examine(app) if not f.is_fine] == []
    store.put([New(Message(b"", "x", "utf-8"), "outbox", -100)])
    (problem,) = (f for f in examine(app) if not f.is_fine)
    assert "is a relay running?" in problem.text
