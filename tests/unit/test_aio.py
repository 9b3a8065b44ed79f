"""``async def`` tasks run to their end."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from celery_safe import AsyncTaskError, SafeCelery, aio


@pytest.fixture
def app() -> SafeCelery:
    app = SafeCelery("shop", broker="memory://", set_as_current=False)
    app.conf.task_always_eager = True
    return app


def test_it_runs_and_keeps_one_loop(app: SafeCelery) -> None:
    @app.task(name="shop.charge", shared=False)
    async def charge(order: int, note: str = "") -> tuple[int, int]:
        await asyncio.sleep(0)
        return order, id(asyncio.get_running_loop())

    first, second = charge.delay(1).get(), charge.delay(order=2).get()
    assert (first[0], second[0]) == (1, 2)
    assert first[1] == second[1]
    with pytest.raises(TypeError, match="order"):
        charge.delay()


def test_bound_task_fails_and_retries_like_any_other(app: SafeCelery) -> None:
    runs: list[int] = []

    @app.task(name="shop.charge", shared=False, bind=True, max_retries=2)
    async def charge(self: Any, how: str) -> None:
        runs.append(self.request.retries)
        await asyncio.sleep(0)
        if how == "retry":
            raise self.retry(countdown=0)
        raise ConnectionError if how == "transient" else KeyError(how)

    assert isinstance(charge.delay("bug").result, KeyError)
    assert runs == [0]
    charge.delay("retry")
    charge.delay("transient")
    assert runs == [0, 0, 1, 2, 0, 1, 2]


def test_what_a_task_leaves_behind_is_cancelled(app: SafeCelery) -> None:
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    @app.task(name="shop.charge", shared=False)
    async def charge() -> None:
        charge.left = asyncio.create_task(forever())
        await asyncio.sleep(0)

    charge.delay()
    assert ended == ["cancelled"]


def test_context_variables_are_seen(app: SafeCelery) -> None:
    tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant")

    @app.task(name="shop.charge", shared=False)
    async def charge() -> str:
        return tenant.get()

    tenant.set("a")
    assert charge.delay().get() == "a"


def test_inside_a_running_loop_it_runs_in_a_thread_of_its_own(app: SafeCelery) -> None:
    @app.task(name="shop.charge", shared=False)
    async def charge() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    async def view() -> tuple[str, str]:
        return charge.delay().get(), charge()

    eager, direct = asyncio.run(view())
    assert "MainThread" not in (eager, direct)


def test_class_based_and_shared_tasks_run() -> None:
    app = SafeCelery("shop", broker="memory://")
    app.conf.task_always_eager = True

    class Charge(app.Task):  # type: ignore[name-defined, misc]
        name = "shop.charge_async_class"

        async def run(self) -> str:
            return self.name

    @shared_task(name="shop.shared_async")
    async def shared() -> str:
        return "ran"

    assert app.register_task(Charge()).delay().get() == "shop.charge_async_class"
    assert shared.delay().get() == "ran"
    SafeCelery("other", broker="memory://").finalize()  # gets the shared one as well


def test_async_generator_is_refused(app: SafeCelery) -> None:
    async def numbers() -> Any:
        yield 1

    with pytest.raises(AsyncTaskError, match="async generator"):
        app.task(name="shop.numbers", shared=False)(numbers)
    with pytest.raises(AsyncTaskError, match="async generator"):
        aio.never(numbers)()


def test_green_pools_are_refused(monkeypatch: pytest.MonkeyPatch, app: SafeCelery) -> None:
    @app.task(name="shop.charge", shared=False)
    async def charge() -> None: ...

    monkeypatch.setattr(aio, "detect_environment", lambda: "gevent")
    assert isinstance(charge.delay().result, AsyncTaskError)


@pytest.fixture
def soft_limit() -> Any:
    def handler(signum: int, frame: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGUSR1, handler)
    yield handler
    assert signal.getsignal(signal.SIGUSR1) is handler
    signal.signal(signal.SIGUSR1, before)


def test_soft_limit_is_raised_at_the_await(app: SafeCelery, soft_limit: Any) -> None:
    seen: list[str] = []

    @app.task(name="shop.charge", shared=False)
    async def charge(catch: bool) -> str:
        try:
            await asyncio.gather(asyncio.sleep(60), asyncio.sleep(60))
        except SoftTimeLimitExceeded:
            await asyncio.sleep(0)  # cleaning up may await
            seen.append("limit")
            if not catch:
                raise
        return "cleaned"

    for catch in (True, False):
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        result = charge.delay(catch)
        timer.join()
        assert seen.pop() == "limit"
        if catch:
            assert result.get() == "cleaned"
        else:
            assert isinstance(result.result, SoftTimeLimitExceeded)


def test_a_loop_is_not_used_over_a_fork() -> None:
    code = (
        "import asyncio, os\nfrom celery_safe import aio\n"
        "async def f(): await asyncio.sleep(0.01); return id(asyncio.get_running_loop())\n"
        "first = aio.run(f())\n"
        "if os.fork() == 0: os._exit(0 if aio.run(f()) != first else 1)\n"
        "_, status = os.wait(); print(status, aio.run(f()) == first)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.stdout == "0 True\n", done.stderr
