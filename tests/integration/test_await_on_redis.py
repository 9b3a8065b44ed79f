"""``await`` with a real Redis, a real worker, a lost connection."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from support.bench import Bench, Servers

from celery_safe import SafeCelery, awaiting
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@pytest.fixture
def app(servers: Servers) -> SafeCelery:
    return SafeCelery(
        "awaits", broker="memory://", backend=servers("redis").url(2), set_as_current=False
    )


def store(app: SafeCelery, id: str, value: Any, state: str = "SUCCESS") -> None:
    app.backend.store_result(id, value, state)


def subscribers(app: SafeCelery, id: str) -> int:
    client: Any = app.backend.client
    ((_, count),) = client.pubsub_numsub(app.backend.get_key_for_task(id))
    return int(count)


async def subscribed(app: SafeCelery, id: str) -> None:
    await asyncio.to_thread(until, lambda: subscribers(app, id) == 1, "subscribed")


def test_redis_tells(app: SafeCelery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again only after an hour, so what arrives was told."""
    monkeypatch.setattr(awaiting, "TOLD", 3600.0)
    ids = [f"told-{os.getpid()}-{time.monotonic_ns()}-{n}" for n in range(20)]

    async def view() -> list[Any]:
        waiting = [asyncio.ensure_future(app.AsyncResult(id).aget(60)) for id in ids]
        for id in ids:
            await subscribed(app, id)
        assert len(awaiting._listeners[asyncio.get_running_loop()]) == 1
        await asyncio.to_thread(store, app, ids[0], None, "STARTED")  # is no end
        for n, id in enumerate(ids):
            await asyncio.to_thread(store, app, id, n)
        return await asyncio.gather(*waiting)

    assert asyncio.run(view()) == list(range(20))
    until(lambda: not any(subscribers(app, id) for id in ids), "all is unsubscribed")


def test_a_result_that_was_there_before(app: SafeCelery) -> None:
    id = f"before-{os.getpid()}-{time.monotonic_ns()}"
    store(app, id, "there")

    async def view() -> Any:
        return await app.AsyncResult(id)

    assert asyncio.run(view()) == "there"


def test_a_lost_connection_loses_no_result(app: SafeCelery) -> None:
    id = f"lost-{os.getpid()}-{time.monotonic_ns()}"
    admin: Any = redis.Redis(**{k: app.backend.connparams[k] for k in ("host", "port", "db")})

    async def view() -> Any:
        waiting = asyncio.ensure_future(app.AsyncResult(id).aget(60))
        await subscribed(app, id)
        await asyncio.to_thread(admin.client_kill_filter, _type="pubsub")
        await asyncio.to_thread(store, app, id, "told by nobody")
        return await waiting

    assert asyncio.run(view()) == "told by nobody"


@pytest.mark.parametrize("bench", [("redis", "safe")], indirect=True, ids=["redis-safe"])
def test_with_a_real_worker(bench: Bench, tmp_path: Path) -> None:
    bench.worker()
    out = bench.run(
        "import asyncio\n"
        "async def view():\n"
        "    results = [await work.adelay(n, 0.05) for n in range(6)]\n"
        "    return [await result for result in results], [r.state for r in results]\n"
        "print(asyncio.run(view()))"
    )
    assert out.strip() == f"({[None] * 6}, {['SUCCESS'] * 6})"
