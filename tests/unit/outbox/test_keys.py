"""Of the calls with one idempotency key the first is sent, in a transaction and outside of one."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

import pytest
from celery import chain, chord, group
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from support.orders import broker_count, names

from celery_safe import BadCall, NoStore, SafeCelery
from celery_safe.outbox import keys, outbox
from celery_safe.store.memory import MemoryStore


@pytest.fixture(params=["sql", "memory"])
def either(request: pytest.FixtureRequest, app: Any) -> Any:
    if request.param == "memory":
        app._store = MemoryStore()
    return app


@pytest.fixture
def key() -> str:
    return f"order-{uuid.uuid4()}"


def test_the_first_call_wins_and_the_others_give_back_its_result(either: Any, key: str) -> None:
    first = either.send.apply_async((1,), idempotency_key=key)
    again = either.send.apply_async((2,), idempotency_key=key)
    by_signature = either.send.s(3).set(idempotency_key=key).apply_async()
    by_name = either.send_task("send", (4,), idempotency_key=key)
    assert {r.id for r in (again, by_signature, by_name)} == {first.id}
    assert type(again) is type(first)
    assert broker_count(either) == 1
    either.backend.mark_as_done(first.id, 7)
    assert again.get(timeout=5) == 7


def test_a_key_is_one_of_its_task_and_of_its_time(app: Any, key: str) -> None:
    now = [1000.0]
    app._store = MemoryStore(clock=lambda: now[0])

    @app.task(name="other")
    def other(n: int = 0) -> None: ...

    first = app.send.apply_async((1,), idempotency_key=key)
    assert other.apply_async((1,), idempotency_key=key).id != first.id
    assert app.send.apply_async((1,), idempotency_key=f"{key}0").id != first.id
    now[0] += 86399
    assert app.send.apply_async((1,), idempotency_key=key).id == first.id
    now[0] += 2
    assert app.send.apply_async((1,), idempotency_key=key).id != first.id
    app.conf.safe_idempotency_window = 10
    second = app.send.apply_async((2,), idempotency_key=f"{key}1")
    now[0] += 11
    assert app.send.apply_async((2,), idempotency_key=f"{key}1").id != second.id


def test_an_id_of_the_callers_own_is_kept(either: Any, key: str) -> None:
    mine = str(uuid.uuid4())
    assert either.send.apply_async((1,), idempotency_key=key, task_id=mine).id == mine
    other = either.send.apply_async((1,), idempotency_key=key, task_id=str(uuid.uuid4()))
    assert other.id == mine


def test_what_was_not_sent_is_sent_by_the_next_call_under_the_same_id(
    either: Any, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(keys.sending, "target", lambda *_: None)

        def away(*_: Any, **__: Any) -> None:
            raise ConnectionError("no broker")

        broken.setattr("kombu.messaging.Producer.publish", away)
        with pytest.raises(ConnectionError):
            either.send.apply_async((1,), idempotency_key=key, task_id="first", retry=False)
    assert broker_count(either) == 0
    assert either.send.apply_async((1,), idempotency_key=key).id == "first"
    assert broker_count(either) == 1
    assert either.send.apply_async((1,), idempotency_key=key).id == "first"
    assert broker_count(either) == 1


def test_a_process_that_died_while_it_sent_is_taken_over(
    app: Any, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    app._store = MemoryStore(clock=lambda: now[0])

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("kombu.messaging.Producer.publish", killed)
        dying.setattr(keys, "_let_go", lambda *_: None)
        with pytest.raises(Killed):
            app.send.apply_async((1,), idempotency_key=key, task_id="first")
    waiting = threading.Thread(
        target=lambda: found.append(app.send.apply_async((1,), idempotency_key=key).id)
    )
    found: list[str] = []
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()  # it may be sent at this moment
    now[0] += keys.LEASE + 1
    waiting.join(30)
    assert found == ["first"]
    assert broker_count(app) == 1


def test_many_at_once_send_one(either: Any, key: str) -> None:
    start = threading.Barrier(8)
    found: list[str] = []

    def call(n: int) -> None:
        start.wait()
        found.append(either.send.apply_async((n,), idempotency_key=key).id)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert broker_count(either) == 1


def test_in_a_transaction_it_is_a_part_of_it(app: Any, engine: Any, store: Any, key: str) -> None:
    with Session(engine) as session, outbox(session):
        rolled_back = app.send.apply_async((1,), idempotency_key=key)
        session.rollback()
        first = app.send.apply_async((2,), idempotency_key=key)
        again = app.send.apply_async((3,), idempotency_key=key)
        with session.begin_nested() as savepoint:
            app.send.apply_async((4,), idempotency_key=f"{key}b")
            savepoint.rollback()
        app.send.apply_async((5,), idempotency_key=f"{key}b")
        session.commit()
    assert again.id == first.id != rolled_back.id
    assert names(store) == ["(2,)", "(5,)"]
    assert app.send.apply_async((6,), idempotency_key=key).id == first.id
    assert broker_count(app) == 0


def test_a_far_task_has_its_key_too(app: Any, store: Any, key: str) -> None:
    first = app.send.apply_async((1,), idempotency_key=key, countdown=3600)
    assert app.send.apply_async((2,), idempotency_key=key, countdown=3600).id == first.id
    assert names(store) == ["(1,)"]


def test_an_async_session_needs_run_sync(app: Any, store: Any, tmp_path: Any, key: str) -> None:
    # No savepoint here, so the driver's own beginning is good enough.
    own = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")

    def call(session: Session) -> str:
        return str(app.send.outbox(session).apply_async((1,), idempotency_key=key).id)

    async def run() -> str:
        async with AsyncSession(own) as session, session.begin():
            with pytest.raises(BadCall, match="run_sync"):
                app.send.outbox(session).apply_async((1,), idempotency_key=key)
            first = await session.run_sync(call)
            assert await session.run_sync(call) == first
        await own.dispose()
        return first

    first = asyncio.run(run())
    assert [e.message.task_id for e in store.list()] == [first]


def test_parts_of_a_canvas_are_refused_as_a_whole(app: Any, key: str) -> None:
    one, keyed = app.send.si(1), app.send.si(2).set(idempotency_key=key)
    for canvas in (
        chain(one, keyed), chain(keyed, one), group(one, keyed), chord([one, one], keyed),
        chord([one, keyed], one),
    ):  # fmt: skip
        before = broker_count(app)
        with pytest.raises(BadCall, match="idempotency_key"):
            canvas.apply_async()
        assert broker_count(app) - before <= 1  # of a group's members, those before it
    with pytest.raises(BadCall, match="in its chain, chord or links"):
        app.send.apply_async((1,), link=keyed)
    with pytest.raises(BadCall, match="part of a chain"):
        chain(one, one).apply_async(idempotency_key=key)


def test_what_cannot_be_a_key_is_refused(app: Any) -> None:
    for wrong in ("", 7, b"x"):
        with pytest.raises(BadCall, match="text that is not empty"):
            app.send.apply_async((1,), idempotency_key=wrong)
    bare: Any = SafeCelery("bare", broker="memory://")

    @bare.task(name="send")
    def send() -> None: ...

    with pytest.raises(NoStore, match="store="):
        send.apply_async(idempotency_key="order-7")


def test_a_retry_of_a_task_is_no_call_with_its_key(app: Any, key: str) -> None:
    from celery.app.trace import build_tracer

    @app.task(name="again", bind=True, max_retries=3)
    def again(self: Any) -> None:
        raise self.retry(countdown=0, idempotency_key=key)

    first = app.send_task("again", idempotency_key=key)
    request = {"id": first.id, "delivery_info": {}, "is_eager": False, "retries": 0,
               "called_directly": False, "args": [], "kwargs": {}}  # fmt: skip
    build_tracer("again", again, app=app)(first.id, (), {}, request)
    assert broker_count(app) == 2
