"""A task that is due far from now waits in the store, and a near one where it always did."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.orders import broker_count, names

from celery_safe import SafeCelery
from celery_safe.outbox import outbox
from celery_safe.relay import Relay
from celery_safe.store.memory import MemoryStore


def soon() -> datetime:
    return datetime.now(timezone.utc) + timedelta(hours=2)


@pytest.mark.parametrize("how", ["countdown", "eta", "text", "naive"])
def test_far_waits_in_the_store_with_its_eta(app: Any, store: Any, how: str) -> None:
    at = soon()
    options: dict[str, dict[str, Any]] = {
        "countdown": {"countdown": 7200},
        "eta": {"eta": at},
        "text": {"eta": at.isoformat()},
        "naive": {"eta": at.replace(tzinfo=None)},
    }
    before = broker_count(app)
    result = app.send.apply_async((1,), **options[how])
    assert broker_count(app) == before
    (entry,) = store.list()
    assert (entry.kind, entry.message.task_id) == ("eta", result.id)
    assert entry.due_at is not None
    assert 7100 < entry.due_at - store.now() <= 7201
    assert abs(datetime.fromisoformat(entry.message.headers["eta"]) - at) < timedelta(seconds=90)
    assert "due at" in entry.reason


def test_near_goes_to_the_broker_and_the_setting_says_what_is_near(app: Any, store: Any) -> None:
    before = broker_count(app)
    app.send.apply_async((1,), countdown=299)
    app.conf.safe_eta_in_store = None
    app.send.apply_async((2,), countdown=86400)
    app.conf.safe_eta_in_store = 5
    app.send.apply_async((3,), countdown=6)
    assert broker_count(app) - before == 2
    assert names(store) == ["(3,)"]


def test_without_a_store_all_is_as_in_celery() -> None:
    app: Any = SafeCelery("bare", broker="memory://")

    @app.task(name="send")
    def send() -> None: ...

    app.conf.task_default_queue = "bare"
    send.apply_async(countdown=86400)
    assert broker_count(app) == 1


def test_far_in_a_transaction_that_fails_is_not_there(app: Any, engine: Any, store: Any) -> None:
    with Session(engine) as session, outbox(session):
        app.send.apply_async((1,), countdown=3600)
        session.rollback()
        app.send.apply_async((2,), countdown=3600)
        session.commit()
    assert [(e.kind, e.message.headers["argsrepr"]) for e in store.list()] == [("eta", "(2,)")]
    assert Relay(app, store, ["outbox", "eta"]).step() == 0


def test_revoke_takes_it_out(app: Any, store: Any) -> None:
    first = app.send.apply_async((1,), countdown=3600)
    app.send.apply_async((2,), countdown=3600)
    first.revoke()
    assert names(store) == ["(2,)"]


def test_retry_goes_to_the_broker_when_the_store_is_away(
    app: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery.app.trace import build_tracer

    @app.task(name="again", bind=True, max_retries=3)
    def again(self: Any) -> None:
        raise self.retry(countdown=3600)

    def run(task_id: str) -> None:
        request = {"id": task_id, "delivery_info": {}, "is_eager": False, "retries": 0,
                   "called_directly": False, "args": [], "kwargs": {}}  # fmt: skip
        build_tracer("again", again, app=app)(task_id, (), {}, request)

    before = broker_count(app)
    run("kept")
    assert [e.message.task_id for e in store.list()] == ["kept"]
    assert broker_count(app) == before

    def away(*_: Any) -> None:
        raise ConnectionError("no database")

    monkeypatch.setattr(store, "put", away)
    run("sent")
    assert broker_count(app) - before == 1
    with pytest.raises(ConnectionError):
        app.send.apply_async((1,), countdown=3600)


def test_released_message_is_due_on_arrival(app: Any) -> None:
    app._store = MemoryStore(clock=lambda: now[0])
    now = [1000.0]
    app.send.apply_async((1,), countdown=3600)
    relay = Relay(app, app.store, ["eta"])
    assert relay.step() == 0
    now[0] += 3601
    before = broker_count(app)
    assert relay.step() == 1
    assert broker_count(app) - before == 1
