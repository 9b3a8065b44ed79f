"""The pytest plugin: a real worker in the test, deliveries, crashes, time, what was sent."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from celery import chord, group
from celery.exceptions import TimeoutError as CeleryTimeoutError

from celery_safe import ArgumentError, SafeCelery, SafeTask, current_task
from celery_safe.store.memory import MemoryStore
from celery_safe.testing.bench import Bench

ROOT = Path(__file__).resolve().parents[3]


def test_messages_are_real(safe_app: Any, safe_worker: Any, safe_bench: Any) -> None:
    got: list[Any] = []

    @safe_app.task(name="shop.take", shared=False)
    def take(pair: Any, price: Decimal) -> Any:
        got.append((pair, price))
        return {1: pair}

    result = take.delay((1, 2), Decimal("1.10"))
    assert got == [], "it runs when the worker does"
    assert result.state == "PENDING"
    assert [run.state for run in safe_worker.drain()] == ["SUCCESS"]
    assert got == [([1, 2], Decimal("1.10"))]
    assert result.get() == {"1": [1, 2]}
    with pytest.raises(ArgumentError, match="pair: object"):
        take.delay(object(), Decimal(1))
    assert safe_worker.drain() == []
    assert safe_bench.broker.waiting() == []


def test_waiting_for_a_result_lets_the_worker_run(safe_app: Any, safe_worker: Any) -> None:
    @safe_app.task(name="shop.add", shared=False)
    def add(x: int, y: int) -> int:
        return x + y

    @safe_app.task(name="shop.sum", shared=False)
    def total(numbers: list[int]) -> int:
        return sum(numbers)

    @safe_app.task(name="shop.fail", shared=False)
    def fail() -> None:
        raise KeyError("order")

    assert add.delay(1, 2).get() == 3
    assert (add.s(1, 2) | add.s(3)).delay().get(timeout=10) == 6
    assert group(add.s(1, n) for n in range(3))().get() == [1, 2, 3]
    assert chord((add.s(1, n) for n in range(3)), total.s())().get() == 6
    with pytest.raises(KeyError, match="order"):
        fail.delay().get()


def test_waiting_in_vain_says_why(safe_app: Any, safe_bench: Any) -> None:
    @safe_app.task(name="shop.add", shared=False)
    def add(x: int) -> int:
        return x

    with pytest.raises(CeleryTimeoutError, match="safe_worker.*no worker consumes: shop.add"):
        add.delay(1).get(timeout=3600)
    safe_bench.worker(safe_app)
    with pytest.raises(CeleryTimeoutError, match=r"clock.advance\(seconds="):
        add.apply_async((1,), countdown=60).get()


def test_inside_a_task_waiting_is_refused_as_in_production(safe_app: Any, safe_worker: Any) -> None:
    @safe_app.task(name="shop.inner", shared=False)
    def inner() -> None: ...

    @safe_app.task(name="shop.outer", shared=False)
    def outer() -> None:
        inner.delay().get()

    with pytest.raises(RuntimeError, match="Never call result.get"):
        outer.delay().get()


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
    import asyncio

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


def test_what_was_sent(safe_app: Any, assert_sent: Any) -> None:
    @safe_app.task(name="shop.receipt", shared=False)
    def receipt(order: int, price: Decimal, cc: str | None = None) -> None: ...

    @safe_app.task(name="shop.other", shared=False)
    def other() -> None: ...

    receipt.apply_async((7, Decimal(1)), queue="celery", headers={"tenant": "acme"})
    receipt.delay(8, price=Decimal(2), cc="x")
    sent = assert_sent(receipt, 7, Decimal(1), cc=None)
    assert (sent.queue, sent.headers["tenant"], sent.args[0]) == ("celery", "acme", 7)
    assert assert_sent(receipt).kwargs["cc"] == "x"
    assert len(assert_sent.all(receipt)) == 2
    assert_sent.never(other)
    with pytest.raises(
        AssertionError, match=r"shop.receipt\(9, .*was not sent; what was:\n  shop.receipt\(7, "
    ):
        assert_sent(receipt, 9, Decimal(1))
    with pytest.raises(AssertionError, match="was sent: shop.receipt"):
        assert_sent.never(receipt)


def test_a_rolling_deploy(old_and_new: Any) -> None:
    def old(app: SafeCelery) -> None:
        @app.task(name="shop.charge", shared=False)
        def charge(order: int) -> int:
            return order

    def good(app: SafeCelery) -> None:
        @app.task(name="shop.charge", shared=False)
        def charge(order: int, currency: str = "EUR") -> int:
            return order

    def bad(app: SafeCelery) -> None:
        @app.task(name="shop.charge", shared=False)
        def charge(order: int, currency: str) -> int:
            return order

    pair = old_and_new(old, good)
    pair.check("shop.charge", 7)
    pair.old.app.tasks["shop.charge"].delay(1)
    assert [run.result for run in pair.new.drain()] == [1]
    with pytest.raises(
        AssertionError, match="sent by the old code, run by the new: FAILURE TypeError.*currency"
    ):
        old_and_new(old, bad).check("shop.charge", 7)


def test_a_projects_app_is_led_here_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://production/0")
    store = MemoryStore()
    app = SafeCelery(
        "shop",
        broker="amqp://production",
        backend="redis://production/1",
        store=store,
        set_as_current=False,
    )

    @app.task(name="shop.charge", shared=False)
    def charge(order: int) -> int:
        return order

    before = (app.conf.broker_url, app.conf.result_backend)
    bench = Bench()
    try:
        with bench.attached(app):
            bench.worker(app)
            assert charge.delay(7).get() == 7
            charge.apply_async((8,), countdown=86400)
            bench.work()
            assert store.list() == [], "the store of the project is not touched"
            assert app.store is not store
    finally:
        bench.close()
    assert (app.conf.broker_url, app.conf.result_backend) == before
    assert os.environ["CELERY_BROKER_URL"] == "redis://production/0"
    assert app.store is store
    assert not hasattr(app, "safe_bench")


def test_a_task_far_away_comes_off_the_shelf(clock: Any, safe_bench: Any) -> None:
    app = SafeCelery("shop", store=MemoryStore(), set_as_current=False)
    ran: list[int] = []

    @app.task(name="shop.charge", shared=False)
    def charge(order: int) -> None:
        ran.append(order)

    with safe_bench.attached(app):
        worker = safe_bench.worker(app)
        charge.apply_async((7,), countdown=3 * 86400)
        worker.drain()
        clock.advance(days=2)
        assert ran == []
        clock.advance(days=1, minutes=1)
        assert ran == [7]
        worker.stop()


def test_a_start_takes_less_than_50_ms() -> None:
    """By the time of the processor: the machine may be busy."""
    took = []
    for n in range(12):
        start = time.process_time()
        app = SafeCelery("shop", set_as_current=False)
        bench = Bench()
        with bench.attached(app):
            app.task(name=f"shop.charge{n}", shared=False)(test_the_clock_is_right_again)
            worker = bench.worker(app)
            app.send_task(f"shop.charge{n}")
            worker._step()
        bench.close()
        took.append(time.process_time() - start)
    assert median(took) < 0.05


def test_it_works_under_xdist_and_is_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(8))\n"
        "def test_it(n, safe_app, drain):\n"
        "    @safe_app.task(name='a', shared=False)\n"
        "    def a(): return n\n"
        "    result = a.delay()\n"
        "    drain()\n"
        "    assert result.get() == n\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "celery_safe.testing.plugin", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "8 passed" in done.stdout, done.stdout + done.stderr
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pytest11]\n"celery_safe.testing.plugin"' in text
