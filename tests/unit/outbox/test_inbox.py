"""A task that is delivered twice has its effect once."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from celery.app.trace import build_tracer
from django.db import transaction
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from support import django_databases
from support.orders import Order

from celery_safe import NoStore, SafeCelery
from celery_safe.outbox import first_time, inbox
from celery_safe.store.django import DjangoStore
from celery_safe.store.memory import MemoryStore


@pytest.fixture
def one() -> str:
    return f"id-{uuid.uuid4()}"  # all result backends in memory are one


def deliver(app: Any, task: Any, task_id: str, *args: Any) -> Any:
    request = {"id": task_id, "delivery_info": {}, "is_eager": False, "retries": 0,
               "called_directly": False, "args": args, "kwargs": {}}  # fmt: skip
    return build_tracer(task.name, task, app=app)(task_id, args, {}, request)


def orders(engine: Any) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def test_second_delivery_has_no_effect_and_keeps_the_result(
    app: Any, engine: Any, one: str
) -> None:
    @app.task(name="pay", bind=True)
    def pay(self: Any, fails: bool = False) -> str:
        with Session(engine) as session, session.begin(), inbox(session, self):
            session.add(Order())
            session.flush()
            if fails:
                raise ZeroDivisionError
        return "paid"

    deliver(app, pay, one, True)
    assert orders(engine) == 0
    deliver(app, pay, one)
    assert app.AsyncResult(one).get(timeout=5) == "paid"
    deliver(app, pay, one)
    deliver(app, pay, f"{one}-b")
    assert orders(engine) == 2
    assert app.AsyncResult(one).get(timeout=5) == "paid"


def test_death_between_commit_and_result(app: Any, engine: Any, one: str) -> None:
    @app.task(name="pay", bind=True)
    def pay(self: Any) -> str:
        with Session(engine) as session, session.begin(), inbox(session, self):
            session.add(Order())
        return "paid"

    pay.push_request(id=one)
    pay.run()  # as by a worker that then dies: no result
    pay.pop_request()
    assert app.AsyncResult(one).state == "PENDING"
    deliver(app, pay, one)
    assert orders(engine) == 1
    assert app.AsyncResult(one).state == "SUCCESS"


def test_first_time_lets_a_chain_go_on(app: Any, engine: Any, one: str) -> None:
    seen = []

    @app.task(name="pay", bind=True)
    def pay(self: Any) -> str:
        with Session(engine) as session, session.begin():
            seen.append(first_time(session, self))
        return "paid"

    for _ in range(2):
        deliver(app, pay, one)
    pay()  # called directly: no id
    assert seen == [True, False, True]


def test_async_session(app: Any, engine: Any, tmp_path: Path, one: str) -> None:
    seen = []

    @app.task(name="pay", bind=True)
    async def pay(self: Any) -> None:
        made = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
        async with AsyncSession(made) as session, session.begin(), inbox(session, self):
            seen.append(1)
        await made.dispose()

    for _ in range(2):
        deliver(app, pay, one)
    assert seen == [1]


def test_django(tmp_path: Path, one: str) -> None:
    alias = django_databases.add(ENGINE="django.db.backends.sqlite3", NAME=str(tmp_path / "s.db"))
    try:
        store = DjangoStore(alias)
        store.init()
        app: Any = SafeCelery("d", broker="memory://", backend="cache+memory://", store=store)
        seen = []

        @app.task(name="pay", bind=True)
        def pay(self: Any, fails: bool) -> None:
            with transaction.atomic(using=alias), inbox(alias, self):
                seen.append(fails)
                if fails:
                    raise ZeroDivisionError

        for fails in (True, False, False):
            deliver(app, pay, one, fails)
        assert seen == [True, False]
        pay.push_request(id="b")
        with pytest.raises(NoStore, match="needs an open transaction"):
            first_time(alias, pay)
        with pytest.raises(NoStore, match="not in it"):
            first_time("other", pay)
        pay.pop_request()
    finally:
        django_databases.remove(alias)


def test_store_that_cannot_take_part_is_named(app: Any, engine: Any, one: str) -> None:
    app._store = MemoryStore()
    app.send.push_request(id=one)
    with Session(engine) as session, pytest.raises(NoStore, match="MemoryStore"):
        first_time(session, app.send)
    app.send.pop_request()
