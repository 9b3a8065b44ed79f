"""A task that kills what runs it is given up after its cap; innocents run."""

from __future__ import annotations

import pytest
from support.bench import Bench, is_running, on

from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@on("safe")
def test_task_that_kills_its_process_is_given_up(bench: Bench) -> None:
    bench.worker()
    out = bench.run(
        "bad = poison.apply_async(link_error=errback.s()); big = memory.delay()\n"
        "[work.delay(n, 0.1) for n in range(4)]\n"
        "for r in (bad, big):\n"
        "    try: r.get(timeout=80)\n"
        "    except Exception as e: print(type(e).__name__)"
    )
    assert out.split() == ["TooManyRedeliveries", "MemoryError"]
    assert bench.settle("poison kills its process", 4, 30) == 0
    until(lambda: bench.count("errback-TooManyRedeliveries"), "errback", 30)
    counts = {w: bench.count(w) for w in ("poison", "memory", "errback-TooManyRedeliveries")}
    assert counts == {"poison": 3, "memory": 1, "errback-TooManyRedeliveries": 1}
    assert is_running(bench.workers[0])


@on("safe", ["redis", "rabbitmq-quorum", "sqlite"])
def test_task_that_kills_the_whole_worker_is_given_up(bench: Bench) -> None:
    """A supervisor starts the worker again each time, as systemd or Kubernetes does.

    What the worker held beside the poison at each death is as suspect as the poison itself: with
    the low cap of this test it may be given up too. That is said in its result; nothing vanishes.
    """
    bench.run(
        "ids = [work.delay(n, 0.1).id for n in range(2)]; poison.delay(main=True)\n"
        "ids += [work.delay(n, 0.1).id for n in range(2, 4)]\n"
        "open('ids', 'w').write(' '.join(ids))"
    )
    worker = bench.worker(wait=False)
    for _ in range(6):
        until(
            lambda: not is_running(worker) or "Gave up: task poison" in bench.log(),  # noqa: B023
            "the worker dies or gives the task up",
            90,
        )
        if is_running(worker):
            break
        worker = bench.worker(wait=False)
    ends = bench.run(
        "for i in open('ids').read().split():\n"
        "    try: app.AsyncResult(i).get(timeout=60); print('ran')\n"
        "    except Exception as e: print(type(e).__name__)"
    ).split()
    assert len(ends) == 4
    assert set(ends) <= {"ran", "TooManyRedeliveries"}
    assert bench.count("poison") == 3
    assert is_running(worker)
