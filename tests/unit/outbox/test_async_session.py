"""The outbox of AsyncSession: the same events, in the context of the request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from support.orders import Order, broker_count, names, with_savepoints

from celery_safe.outbox import automatic, outbox


def run_async(tmp_path: Any, body: Any) -> None:
    async def main() -> None:
        engine = with_async_savepoints(
            create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
        )
        try:
            await body(engine)
        finally:
            await engine.dispose()

    asyncio.run(main())


def with_async_savepoints(engine: Any) -> Any:
    with_savepoints(engine.sync_engine)
    return engine


def test_async_session(app: Any, store: Any, tmp_path: Any) -> None:
    async def body(engine: Any) -> None:
        async with AsyncSession(engine) as session, session.begin(), outbox(session):
            session.add(Order(id=1))
            app.send.delay(1)
            with pytest.raises(ZeroDivisionError):
                async with session.begin_nested():
                    app.send.delay(2)
                    raise ZeroDivisionError
        async with AsyncSession(engine) as session:
            app.send.outbox(session).delay(3)
            await session.rollback()
            async with outbox(session):
                app.send.delay(4)
            await session.commit()

    run_async(tmp_path, body)
    assert names(store) == ["(1,)", "(4,)"]


def test_async_automatic_keeps_concurrent_requests_apart(
    app: Any, store: Any, tmp_path: Any
) -> None:
    async def body(engine: Any) -> None:
        maker = async_sessionmaker(engine)
        automatic(maker)

        async def request(n: int) -> None:
            async with maker() as session:
                await session.execute(text("select 1"))
                app.send.delay(n)
                await asyncio.sleep(0.01)
                await (session.commit() if n % 2 else session.rollback())

        await asyncio.gather(*(request(n) for n in range(6)))
        # A class of its own was made, so that sessions of others are not touched.
        async with AsyncSession(engine) as session:
            await session.execute(text("select 1"))
            before = broker_count(app)
            app.send.delay(9)
            assert broker_count(app) - before == 1

    run_async(tmp_path, body)
    assert sorted(names(store)) == ["(1,)", "(3,)", "(5,)"]
