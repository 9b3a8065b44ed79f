"""The outbox of SQLAlchemy's sessions, on SQLite: what commits is in the store, nothing else is."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from celery import chain, group
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from support.orders import Order, broker_count, names

from celery_safe import AmbiguousOutbox, NoStore, NotCommitted, OutboxDroppedWarning, SafeCelery
from celery_safe.outbox import automatic, outbox
from celery_safe.store.memory import MemoryStore


def test_what_commits_is_there_and_nothing_went_to_the_broker(
    app: Any, engine: Any, store: Any
) -> None:
    with Session(engine) as session, session.begin(), outbox(session):
        session.add(Order(id=1))
        result = app.send.delay(1)
        group(app.send.s(2), app.send.s(3)).apply_async()
        chain(app.send.si(4), app.send.si(5))()
        assert store.count().messages == 0
    assert names(store) == ["(1,)", "(2,)", "(3,)", "(4,)"]
    assert store.list()[0].message.task_id == result.id
    assert [e.kind for e in store.list()] == ["outbox"] * 4
    assert broker_count(app) == 0


def test_rollback_sends_nothing(app: Any, engine: Any, store: Any) -> None:
    with Session(engine) as session:
        app.send.outbox(session).delay(1)
        session.rollback()
        session.add(Order(id=1))
        session.commit()
    with pytest.raises(ZeroDivisionError), Session(engine) as session, session.begin():
        app.send.outbox(session).delay(2)
        raise ZeroDivisionError
    assert store.count().messages == 0


def test_one_insert_for_all(app: Any, engine: Any, store: Any) -> None:
    statements: list[tuple[str, bool]] = []
    event.listen(
        engine, "before_cursor_execute",
        lambda _c, _cur, sql, _p, _ctx, many: statements.append((sql, many)),
    )  # fmt: skip
    with Session(engine) as session, session.begin(), outbox(session):
        for n in range(50):
            app.send.delay(n)
    ours = [(sql, many) for sql, many in statements if store.table.name in sql]
    assert len(ours) == 1
    assert ours[0][0].startswith("INSERT")
    assert ours[0][1] is True


def test_rows_are_due_at_once_and_in_order(app: Any, engine: Any, store: Any) -> None:
    with Session(engine) as session, session.begin(), outbox(session):
        for n in range(20):
            app.send.delay(n)
    claimed = store.claim("me", 10, 100, ["outbox"])
    assert [e.message.headers["argsrepr"] for e in claimed] == [f"({n},)" for n in range(20)]


def test_savepoint_that_fails_takes_its_tasks_along(app: Any, engine: Any, store: Any) -> None:
    with Session(engine) as session:
        session.add(Order(id=1))
        session.commit()
    with Session(engine) as session, session.begin(), outbox(session):
        app.send.delay(1)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            app.send.delay(2)
            with session.begin_nested():
                app.send.delay(3)
            raise ZeroDivisionError
        with pytest.raises(IntegrityError), session.begin_nested():
            app.send.delay(4)
            session.add(Order(id=1))
        with session.begin_nested():
            app.send.delay(5)
            with session.begin_nested():
                app.send.delay(6)
        app.send.delay(7)
    assert names(store) == ["(1,)", "(5,)", "(6,)", "(7,)"]


def test_commit_of_everything_while_a_savepoint_is_open(app: Any, engine: Any, store: Any) -> None:
    with Session(engine) as session, outbox(session):
        app.send.delay(1)
        session.begin_nested()
        app.send.delay(2)
        session.commit()
        with session.begin():
            app.send.delay(3)
            session.begin_nested()
            app.send.delay(4)
    assert names(store) == ["(1,)", "(2,)", "(3,)", "(4,)"]


def test_flush_that_fails_then_rollback(app: Any, engine: Any, store: Any) -> None:
    with Session(engine) as session, outbox(session):
        session.add(Order(id=1))
        session.commit()
        app.send.delay(1)
        session.expunge_all()
        session.add(Order(id=1))
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        app.send.delay(2)
        session.commit()
    assert names(store) == ["(2,)"]


def test_get_before_the_commit_raises_at_once_and_not_after(app: Any, engine: Any) -> None:
    with Session(engine) as session, outbox(session):
        result = app.send.delay(1)
        several = group(app.send.s(2), app.send.s(3)).apply_async()
        after = chain(app.send.si(4), app.send.si(5))()
        for one in (result, several, after, app.AsyncResult(result.id)):
            with pytest.raises(NotCommitted, match="commits"):
                one.get(timeout=5)
        session.commit()
        app.backend.mark_as_done(result.id, 42)
        assert result.get(timeout=5) == 42


def test_closed_without_commit_warns_and_a_failed_block_does_not(
    app: Any, engine: Any, store: Any
) -> None:
    with pytest.warns(OutboxDroppedWarning, match=r"send\[.*`with outbox\(None\):`"), Session(
        engine
    ) as session:  # fmt: skip
        app.send.outbox(session).delay(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ZeroDivisionError), Session(engine) as session:
            app.send.outbox(session).delay(1)
            raise ZeroDivisionError
        with Session(engine) as session:
            app.send.outbox(session).delay(1)
            session.rollback()
    assert store.count().messages == 0


def test_two_sessions_the_innermost_wins_and_strict_refuses(
    app: Any, engine: Any, store: Any
) -> None:
    with Session(engine) as outer, Session(engine) as inner, outbox(outer), outbox(inner):
        app.send.delay(1)
        inner.commit()
        assert names(store) == ["(1,)"]
        app.strict = True
        with pytest.raises(AmbiguousOutbox, match=r"2 transactions are open"):
            app.send.delay(2)
        with outbox(None):
            app.send.delay(3)
    assert broker_count(app) == 1
    assert names(store) == ["(1,)"]


def test_outside_and_none_are_direct(app: Any, engine: Any, store: Any) -> None:
    before = broker_count(app)
    app.send.delay(1)
    with Session(engine) as session, session.begin(), outbox(session), outbox(None):
        app.send.delay(2)
    assert broker_count(app) - before == 2
    assert store.count().messages == 0


def test_automatic_session_of_a_maker(app: Any, engine: Any, store: Any) -> None:
    maker, other = sessionmaker(engine), sessionmaker(engine)
    automatic(maker)
    before = broker_count(app)
    with maker() as session:
        app.send.delay(1)  # no transaction yet
        session.add(Order(id=1))
        app.send.delay(2)  # one that has no connection yet
        session.commit()
        app.send.delay(3)
    with other.begin():
        app.send.delay(4)
    assert names(store) == ["(2,)"]
    assert broker_count(app) - before == 3


def test_automatic_scoped_session_class_and_nesting(app: Any, engine: Any, store: Any) -> None:
    class Own(Session):
        pass

    automatic(Own)
    scoped = scoped_session(sessionmaker(engine, class_=Own))
    scoped.execute(select(1))
    app.send.delay(1)
    with Own(engine) as inner:
        inner.execute(text("select 1"))
        app.send.delay(2)
        inner.commit()
    assert names(store) == ["(2,)"]
    app.send.delay(3)
    scoped.commit()
    scoped.remove()
    assert names(store) == ["(2,)", "(1,)", "(3,)"]


def test_other_things_are_refused_by_name(app: Any, engine: Any) -> None:
    with pytest.raises(TypeError, match="outbox\\(Engine\\): takes a Session"):
        outbox(engine)
    with pytest.raises(TypeError, match="takes a sessionmaker"):
        automatic(engine)
    app._store = MemoryStore()
    with Session(engine) as session, outbox(session), pytest.raises(NoStore, match="MemoryStore"):
        app.send.delay(1)


def test_broker_and_backend_that_are_away_are_not_asked(engine: Any, store: Any) -> None:
    away = "redis://127.0.0.1:1/0"
    app: Any = SafeCelery("away", broker=away, backend=away, store=store)

    @app.task(name="send")
    def send(n: int) -> None: ...

    with Session(engine) as session, session.begin(), outbox(session):
        send.delay(1)
        send.apply_async((2,), countdown=3)
        group(send.s(3), send.s(4)).apply_async()
        chain(send.si(5), send.si(6))()
    assert store.count().messages == 5


def test_retry_and_replace_go_out_though_the_transaction_fails(
    app: Any, engine: Any, store: Any
) -> None:
    @app.task(name="again", bind=True, max_retries=3)
    def again(self: Any) -> None:
        with Session(engine) as session, session.begin(), outbox(session):
            app.send.delay(1)
            raise self.retry(countdown=1)

    @app.task(name="instead", bind=True)
    def instead(self: Any) -> None:
        with Session(engine) as session, session.begin(), outbox(session):
            app.send.delay(1)
            self.replace(app.send.s(2))

    from celery.app.trace import build_tracer

    for task in (again, instead):
        before = broker_count(app)
        request = {"id": f"id-{task.name}", "delivery_info": {}, "is_eager": False, "retries": 0,
                   "called_directly": False, "args": [], "kwargs": {}}  # fmt: skip
        build_tracer(task.name, task, app=app)(request["id"], (), {}, request)
        assert broker_count(app) - before == 1
    assert store.count().messages == 0


def test_without_greenlet_the_synchronous_session_works(tmp_path: Path) -> None:
    # SQLAlchemy 2.1 brings greenlet in an extra alone, and refuses to import its asyncio part without.
    code = f"""
import sys
sys.modules["greenlet"] = None
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from celery_safe import SafeCelery
from celery_safe.outbox import automatic, outbox
from celery_safe.store.sqlalchemy import SQLAlchemyStore
store = SQLAlchemyStore(create_engine("sqlite:///{tmp_path / "shop.db"}"))
store.init()
app = SafeCelery("shop", broker="memory://", store=store)
with Session(store.engine) as session, session.begin(), outbox(session):
    app.send_task("work")
automatic(Session)
try:
    outbox(object())
except TypeError:
    print(store.count().messages)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout == "1\n", done.stderr
