"""Awaiting results where the backend is asked: any but Redis, which has its test with the servers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from celery import states
from celery.exceptions import TimeoutError as CeleryTimeoutError
from celery.result import denied_join_result

from celery_safe import SafeCelery, SafeResult


@pytest.fixture
def app(tmp_path: Path) -> SafeCelery:
    """Results are files, as another process would write them."""
    return SafeCelery(
        "shop", broker="memory://", backend=tmp_path.as_uri(), set_as_current=False
    )  # fmt: skip


async def answer(app: SafeCelery, id: str, value: Any, state: str = states.SUCCESS) -> None:
    await asyncio.sleep(0.05)
    await asyncio.to_thread(app.backend.store_result, id, value, state)


def test_a_result_is_awaited(app: SafeCelery) -> None:
    @app.task(name="shop.charge", shared=False)
    def charge(order: int) -> int:
        return order

    async def view() -> Any:
        result = await charge.adelay(7)
        assert isinstance(result, SafeResult)
        writer = asyncio.create_task(answer(app, result.id, 42))
        ticks, waiting = 0, asyncio.ensure_future(result.aget(30))
        while not waiting.done():
            await asyncio.sleep(0.01)
            ticks += 1
        await writer
        return await waiting, await result, ticks

    value, again, ticks = asyncio.run(view())
    assert (value, again) == (42, 42)
    assert ticks >= 3, "the event loop was blocked"


def test_a_failure_is_raised_or_returned(app: SafeCelery) -> None:
    async def view(propagate: bool) -> Any:
        result = app.AsyncResult(f"failed-{propagate}")
        writer = asyncio.create_task(answer(app, result.id, KeyError("order"), states.FAILURE))
        try:
            return await result.aget(30, propagate=propagate)
        finally:
            await writer

    with pytest.raises(KeyError, match="order"):
        asyncio.run(view(True))
    assert isinstance(asyncio.run(view(False)), KeyError)


def test_a_failure_earlier_in_the_chain_ends_the_wait(app: SafeCelery) -> None:
    async def view() -> None:
        last = app.AsyncResult("last", parent=app.AsyncResult("first"))
        writer = asyncio.create_task(answer(app, "first", KeyError("order"), states.FAILURE))
        try:
            await last
        finally:
            await writer

    with pytest.raises(KeyError):
        asyncio.run(view())


def test_the_time_is_up(app: SafeCelery) -> None:
    start = time.monotonic()
    with pytest.raises(CeleryTimeoutError, match=r"\[nobody\] within 0.1 s; its state is PENDING"):
        asyncio.run(app.AsyncResult("nobody").aget(0.1))
    assert time.monotonic() - start < 10

    async def outer() -> None:
        await asyncio.wait_for(app.AsyncResult("nobody").aget(), 0.1)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(outer())


def test_inside_a_task_it_is_refused_as_get_is(app: SafeCelery) -> None:
    async def wait() -> Any:
        return await app.AsyncResult("1")

    with denied_join_result(), pytest.raises(RuntimeError, match="Never call result.get"):
        asyncio.run(wait())


def test_ignored_and_eager_results(app: SafeCelery) -> None:
    @app.task(name="shop.charge", shared=False)
    async def charge(order: int) -> int:
        if order < 0:
            raise KeyError(order)
        return order

    async def view() -> Any:
        ignored = app.AsyncResult("1")
        ignored.ignored = True
        return (
            await ignored,
            await charge.apply((7,)),
            await charge.apply((-1,)).aget(propagate=False),
        )

    nothing, seven, error = asyncio.run(view())
    assert (nothing, seven) == (None, 7)
    assert isinstance(error, KeyError)
