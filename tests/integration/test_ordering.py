"""Messages with an ordering key: in order for each key, whatever fails and however many relays there are."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connections
from kombu.utils.json import loads
from sqlalchemy.orm import Session
from support import django_databases
from support.bench import Servers
from support.sql_store import sql_store

from celery_safe import BadCall, NoStore, SafeCelery
from celery_safe import relay as relay_module
from celery_safe.outbox import outbox
from celery_safe.relay import Relay, ordering
from celery_safe.store import Filter
from celery_safe.store.django import DjangoStore
from celery_safe.store.redis import RedisStore

pytestmark = pytest.mark.broker


@pytest.fixture(params=["postgres", "mariadb", "sqlite", "redis", "django"])
def store(servers: Servers, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    kind = request.param
    if kind == "redis":
        client: Any = redis.Redis.from_url(servers("redis").url())
        yield RedisStore(client, uuid.uuid4().hex)
        return
    if kind == "django":
        server, name = servers("postgres"), f"d{uuid.uuid4().hex}"
        server.database(name)
        alias = django_databases.add(
            ENGINE="django.db.backends.postgresql", USER="postgres", HOST="127.0.0.1",
            PORT=server.port, NAME=name,
        )  # fmt: skip
        DjangoStore(alias).init()
        yield DjangoStore(alias)
        django_databases.remove(alias)
        return
    with sql_store(
        f"sqlite:///{tmp_path / 'shop.db'}" if kind == "sqlite" else servers(kind).url()
    ) as made:
        yield made


@pytest.fixture(params=["redis"])
def app(servers: Servers, request: pytest.FixtureRequest, store: Any) -> Any:
    made: Any = SafeCelery("order", broker=servers(request.param).url(), store=store)
    made.conf.task_default_queue = f"q{uuid.uuid4().hex}"
    return made


def write(app: Any, key: str, *numbers: int, **options: Any) -> None:
    """Of each number one message, in a transaction if the store can take part in one."""
    if not hasattr(app.store, "engine"):
        for n in numbers:
            app.send_task("work", (key, n), ordering_key=key, **options)
        return
    with Session(app.store.engine) as session, session.begin(), outbox(session):
        for n in numbers:
            app.send_task("work", (key, n), ordering_key=key, **options)


def arrived(app: Any) -> dict[str, list[int]]:
    """The numbers of each key in the queue, in its order."""
    found: dict[str, list[int]] = defaultdict(list)
    with app.connection_for_read() as connection:
        queue = app.amqp.default_queue(connection.default_channel)
        queue.declare()
        while (message := queue.get(no_ack=True)) is not None:
            key, n = loads(message.body)[0]
            found[key].append(n)
    return found


@pytest.mark.parametrize(
    ("store", "app"),
    [
        ("postgres", "rabbitmq"), ("postgres", "redis"), ("mariadb", "redis"), ("sqlite", "redis"),
        ("redis", "redis"), ("django", "redis"),
    ],
    indirect=True,
)  # fmt: skip
def test_each_key_in_its_order_with_relays_side_by_side(app: Any, store: Any) -> None:
    for n in range(0, 60, 3):
        for key in "abc":
            write(app, key, n, n + 1, n + 2)
    problems: list[BaseException] = []

    def move() -> None:
        relay = Relay(app, store, ["outbox", "ordered"])
        try:
            while store.count().messages:
                relay.step(20)
        except BaseException as error:
            problems.append(error)
        finally:
            relay.close()
            if hasattr(store, "using"):
                connections.close_all()

    relays = [threading.Thread(target=move) for _ in range(3)]
    for relay in relays:
        relay.start()
    for relay in relays:
        relay.join(90)
    assert problems == []
    assert arrived(app) == {key: list(range(60)) for key in "abc"}


def test_a_row_that_backs_off_holds_its_own_key_alone(
    app: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(app, "a", 1)
    write(app, "a", 2, exchange="nowhere", routing_key="none")
    write(app, "a", 3)
    write(app, "b", 1, 2)
    relay = Relay(app, store, ["ordered"])
    monkeypatch.setattr(relay_module, "WAIT", (600.0, 600.0))
    assert relay.step() == 3
    assert relay.step() == 0
    write(app, "a", 4)
    write(app, "b", 3)
    assert relay.step() == 1
    (known,) = ordering.blocked(store).values()
    assert (known.attempts, known.reason) == (1, "in the order of 'a'")
    assert "no queue takes it" in known.error or "nowhere" in known.error
    assert arrived(app) == {"a": [1], "b": [1, 2, 3]}
    # Its time comes again and again, until it is a dead letter: then the others go on.
    value = vars(known) | {"until": 0.0, "attempts": relay_module.ATTEMPTS - 2}
    store.records.write(ordering.BLOCKED, ordering._key(known.reason), value)
    monkeypatch.setattr(relay_module, "WAIT", (0.0, 0.0))
    assert relay.step() == 0
    assert arrived(app) == {}
    assert relay.step() == 2
    assert store.count(Filter(kinds=["dead"])).messages == 1
    assert ordering.blocked(store) == {}
    relay.close()
    assert arrived(app) == {"a": [3, 4]}
    assert store.count(Filter(kinds=["ordered"])).messages == 0


def test_what_mends_itself_goes_on_where_it_stood(app: Any, store: Any) -> None:
    write(app, "a", 1, 2, 3)
    relay = Relay(app, store, ["ordered"])
    plain, failing = relay.publisher.publish, {2}

    def publish(entries: Any) -> Any:
        good = [e for e in entries if loads(e.message.body)[0][1] not in failing]
        outcome = plain(good)
        outcome.failed.update({e.id: "the queue is full" for e in entries if e not in good})
        return outcome

    relay.publisher.publish = publish  # type: ignore[method-assign]
    assert relay.step() == 1
    failing.clear()
    known = ordering.blocked(store)["in the order of 'a'"]
    store.records.write(ordering.BLOCKED, ordering._key(known.reason), vars(known) | {"until": 0})
    assert relay.step() == 2
    relay.close()
    assert arrived(app) == {"a": [1, 2, 3]}
    assert ordering.blocked(store) == {}


@pytest.mark.parametrize("store", ["postgres", "mariadb"], indirect=True)
def test_a_dead_relay_holds_nothing_and_nobody_overtakes_a_living_one(app: Any, store: Any) -> None:
    write(app, "a", *range(10))
    first, second = Relay(app, store, ["ordered"]), Relay(app, store, ["ordered"])
    assert second.step(2) == 2  # the lane is made
    with pytest.raises(ZeroDivisionError), store.hold_lane(3, ()) as held:
        assert len(held.entries) == 3
        write(app, "a", 10)  # senders are not held up
        assert second.step() == 0
        held._connection.invalidate()  # as when its process is killed
        raise ZeroDivisionError
    assert second.step() == 9
    first.close()
    second.close()
    assert arrived(app) == {"a": list(range(11))}


@pytest.mark.parametrize("store", ["postgres", "redis"], indirect=True)
def test_a_transaction_and_no_transaction(app: Any, store: Any) -> None:
    app.send_task("work", ("a", 1), ordering_key="a")
    if hasattr(store, "engine"):
        with Session(store.engine) as session, outbox(session):
            app.send_task("work", ("a", 0), ordering_key="a")
            session.rollback()
    app.send_task("work", ("a", 2), ordering_key="a")
    gone = app.send_task("work", ("a", 3), ordering_key="a")
    gone.revoke()
    once = [
        app.send_task(
            "work", ("a", 4), ordering_key="a", idempotency_key=app.conf.task_default_queue
        )
        for _ in range(2)
    ]
    assert once[0].id == once[1].id
    assert arrived(app) == {}
    relay = Relay(app, store, ["ordered"])
    assert relay.step() == 3
    relay.close()
    assert arrived(app) == {"a": [1, 2, 4]}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_has_no_order_is_refused(app: Any) -> None:
    for wrong in ({"countdown": 5}, {"eta": "2030-01-01"}, {"connection": object()}):
        with pytest.raises(BadCall, match="do not go together"):
            app.send_task("work", ordering_key="a", **wrong)
    for key in ("", 7):
        with pytest.raises(BadCall, match="text that is not empty"):
            app.send_task("work", ordering_key=key)
    with pytest.raises(BadCall, match="ordering_key"):
        app.send_task("work", link=app.signature("work").set(ordering_key="a"))
    with pytest.raises(NoStore):
        SafeCelery("bare", broker="memory://").send_task("work", ordering_key="a")
