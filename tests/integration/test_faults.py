"""What a fault costs on real brokers with real workers: nothing with SafeCelery, tasks with plain Celery."""

from __future__ import annotations

import os
import signal

import pytest
from pytest_celery import CeleryTestWorker
from support.bench import Bench, ends, on

from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


def kill_child(bench: Bench, worker: CeleryTestWorker) -> None:
    os.kill(bench.started(0)[0], signal.SIGKILL)


def kill_main(bench: Bench, worker: CeleryTestWorker) -> None:
    worker.kill()
    bench.worker()


def terminate(bench: Bench, worker: CeleryTestWorker) -> None:
    ends(worker, "SIGTERM")
    bench.worker()


def cold_stop(bench: Bench, worker: CeleryTestWorker) -> None:
    ends(worker, "SIGQUIT")
    bench.worker()


def freeze(bench: Bench, worker: CeleryTestWorker) -> None:
    """Stopped for longer than the lease of these tests, then it goes on."""
    worker.kill("SIGSTOP")
    bench.worker()
    until(lambda: len(bench.ended()) >= 2, "the other worker ends what was queued", 60)
    worker.kill("SIGCONT")


def in_the_middle(bench: Bench, fault: object, count: int, seconds: float, wait: float) -> int:
    worker = bench.worker()
    bench.send(count, seconds)
    until(lambda: bench.started(0), "task 0 runs", 60)
    fault(bench, worker)  # type: ignore[operator]
    return bench.settle(fault.__name__, count, wait)  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [kill_child, kill_main, terminate])
@on("safe")
def test_nothing_is_lost(bench: Bench, fault: object) -> None:
    assert in_the_middle(bench, fault, count=4, seconds=1.5, wait=60) == 0


@pytest.mark.parametrize("fault", [cold_stop, freeze])
@on("safe", ["redis", "rabbitmq-classic", "sqlite"])
def test_nothing_is_lost_by_the_rarer_ones(bench: Bench, fault: object) -> None:
    assert in_the_middle(bench, fault, count=4, seconds=1.5, wait=60) == 0


@pytest.mark.parametrize("pool", ["threads", "solo"])
@on("safe", ["redis", "sqlite"])
def test_nothing_is_lost_on_other_pools(bench: Bench, pool: str) -> None:
    worker = bench.worker("-P", pool)
    bench.send(3, 1.5)
    until(lambda: bench.started(0), "task 0 runs", 60)
    worker.kill()
    bench.worker("-P", pool)
    assert bench.settle(f"kill_main, {pool} pool", 3, 60) == 0


@pytest.mark.parametrize("fault", [kill_child, kill_main])
@on("plain", ["redis", "rabbitmq-classic", "sqlite"])
def test_plain_celery_loses_what_it_ran(bench: Bench, fault: object) -> None:
    """The same test, so that it can fail."""
    assert in_the_middle(bench, fault, count=2, seconds=4, wait=9) > 0
