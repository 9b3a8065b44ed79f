"""What the test does to its worker: deliver again, crash, let time pass."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from celery_safe import SafeTask, current_task


def test_the_last_message_once_more(safe_app: Any, safe_worker: Any) -> None:
    seen: list[Any] = []

    @safe_app.task(name="shop.charge", shared=False)
    def charge(order: int) -> None:
        request = current_task().request
        seen.append((order, request.id, (request.delivery_info or {}).get("redelivered")))

    with pytest.raises(LookupError, match=r"send one and drain\(\) first"):
        safe_worker.redeliver()
    charge.delay(7)
    safe_worker.drain()
    safe_worker.redeliver(charge)
    safe_worker.redeliver()
    assert [order for order, *_ in seen] == [7, 7, 7]
    assert len({id for _, id, _ in seen}) == 1


@pytest.mark.parametrize("at", ["seen.append(2)", 3, None])
def test_a_crash_delivers_again(safe_app: Any, safe_worker: Any, at: Any) -> None:
    seen: list[int] = []

    @safe_app.task(name="shop.charge", shared=False)
    def charge(order: int) -> int:
        seen.append(1)
        seen.append(2)
        return order

    first = charge.delay(7)
    other = charge.delay(8)
    safe_worker.crash_during(charge, at=at)
    states = [run.state for run in safe_worker.drain()]
    assert states == ["CRASHED", "SUCCESS", "SUCCESS"]
    assert seen[: 1 if at else 2] == [1, 2][: 1 if at else 2]
    assert len(seen) == (5 if at else 6)
    assert (first.get(), other.get()) == (7, 8)
    assert safe_worker.crashes == 1


def test_a_crash_loses_what_was_acknowledged_early(safe_app: Any, safe_worker: Any) -> None:
    @safe_app.task(name="shop.careless", shared=False, acks_late=False)
    def careless() -> int:
        return 1

    careless.delay()
    safe_worker.crash_during(careless, at="return 1")
    assert [run.state for run in safe_worker.drain()] == ["CRASHED"]


def test_a_crash_in_an_async_task(safe_app: Any, safe_worker: Any) -> None:
    seen: list[int] = []

    @safe_app.task(name="shop.later", shared=False)
    async def later() -> None:
        seen.append(1)
        await asyncio.sleep(0)
        seen.append(2)

    for at, left in (("seen.append(2)", [1, 1, 2]), (None, [1, 2, 1, 2])):
        seen.clear()
        later.delay()
        safe_worker.crash_during(later, at=at)
        assert [run.state for run in safe_worker.drain()] == ["CRASHED", "SUCCESS"]
        assert seen == left


def test_a_crash_that_cannot_be(safe_app: Any, safe_worker: Any) -> None:
    @safe_app.task(name="shop.charge", shared=False)
    def charge(order: int) -> int:
        if order:
            return order
        return order

    with pytest.raises(
        ValueError, match=r"no line that runs of shop.charge; these do:\n  \d+: +if order:"
    ):
        safe_worker.crash_during(charge, at=9)
    with pytest.raises(ValueError, match="several lines"):
        safe_worker.crash_during(charge, at="return order")
    safe_worker.crash_during(charge, at=4)
    charge.delay(1)
    safe_worker.drain()
    with pytest.raises(AssertionError, match="never reached"):
        safe_worker.check_crashes()
    charge.delay(0)
    safe_worker.drain()


def test_time_passes(safe_app: Any, safe_worker: Any, clock: Any) -> None:
    ran: list[tuple[str, int]] = []
    start = datetime.now(timezone.utc)

    def note(name: str) -> None:
        ran.append((name, round((datetime.now(timezone.utc) - start) / timedelta(minutes=1))))

    @safe_app.task(name="shop.remind", shared=False)
    def remind(name: str) -> None:
        note(name)

    @safe_app.task(name="shop.retry", shared=False, bind=True, max_retries=3)
    def flaky(self: SafeTask) -> str:
        note(f"try {self.request.retries}")
        if self.request.retries < 2:
            raise self.retry(countdown=600)
        return "done"

    remind.apply_async(("eta",), eta=start + timedelta(hours=2))
    remind.apply_async(("countdown",), countdown=30 * 60)
    remind.apply_async(("expired",), countdown=3600, expires=60)
    retried = flaky.delay()
    assert safe_worker.drain()[-1].state == "RETRY"
    clock.advance(hours=1)
    assert ran == [("try 0", 0), ("try 1", 10), ("try 2", 20), ("countdown", 30)]
    assert retried.get() == "done"
    clock.advance(minutes=59)
    assert len(ran) == 4
    clock.advance(minutes=2)
    assert ran[4:] == [("eta", 120)]
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(hours=-1)


def test_the_clock_is_right_again() -> None:
    """Runs after the test above."""
    assert abs(time.time() - float(subprocess.check_output(["date", "+%s.%N"]))) < 60


def test_beat_sends_what_is_due(safe_app: Any, safe_worker: Any, clock: Any) -> None:
    ran: list[datetime] = []

    @safe_app.task(name="shop.digest", shared=False)
    def digest() -> None:
        ran.append(datetime.now(timezone.utc))

    safe_app.conf.beat_schedule = {"digest": {"task": "shop.digest", "schedule": 1800.0}}
    clock.advance(hours=3)
    assert len(ran) in (5, 6)  # the first is due half an hour after beat has started
    gaps = [b - a for a, b in itertools.pairwise(ran)]
    assert all(abs(gap - timedelta(minutes=30)) < timedelta(seconds=5) for gap in gaps)
    safe_app.conf.beat_schedule = {}
