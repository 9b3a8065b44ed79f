"""The pytest plugin: a real worker in the test, deliveries, crashes, time, what was sent."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from celery import chord, group
from celery.exceptions import TimeoutError as CeleryTimeoutError

from celery_safe import ArgumentError, SafeCelery
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


def test_awaiting_a_result_lets_the_worker_run(safe_app: Any, safe_worker: Any) -> None:
    @safe_app.task(name="shop.add", shared=False)
    async def add(x: int, y: int) -> int:
        await asyncio.sleep(0)
        return x + y

    @safe_app.task(name="shop.fail", shared=False)
    def fail() -> int:
        raise KeyError("order")

    async def test() -> None:
        assert await add.delay(1, 2) == 3
        assert await (await add.adelay(2, 2)).aget(timeout=3600) == 4
        assert await (add.s(1, 2) | add.s(3)).delay() == 6
        with pytest.raises(KeyError, match="order"):
            await (fail.si() | add.s(1)).delay()
        with pytest.raises(CeleryTimeoutError, match=r"clock.advance\(seconds="):
            await add.apply_async((1, 2), countdown=60)
        safe_worker.crash_during(add, at="x + y")
        assert await add.delay(3, 4) == 7
        assert safe_worker.crashes == 1

    asyncio.run(test())


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

            @app.task(name=f"shop.charge{n}", shared=False)
            def charge() -> None: ...

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
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "celery_safe.testing.plugin", "-p", "no:cacheprovider", "-p", "no:celery", "-p", "no:docker_tools", "."],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "8 passed" in done.stdout, done.stdout + done.stderr
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pytest11]\n"celery_safe.testing.plugin"' in text


@pytest.mark.parametrize("n", [1, 2])
def test_a_task_of_one_test_is_none_of_the_next(safe_app: Any, safe_worker: Any, n: int) -> None:
    """By default Celery gives a task to every app that is made later, and the first one wins."""

    @safe_app.task(name="shop.of_one_test")
    def task() -> int:
        return n

    assert task.delay().get() == n
