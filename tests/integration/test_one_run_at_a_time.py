"""Runs of one schedule on two real workers: one at a time, also when the one that has it is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.bench import Bench, on

from celery_safe.beat import WHEN
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


def send(bench: Bench, number: int, mode: str) -> None:
    header: Any = {WHEN: {"name": "nightly", "overlap": mode}}
    bench.run(f"waits.apply_async(({number},), headers={header!r})")


def lines(bench: Bench) -> list[tuple[str, int]]:
    return [(what, int(number)) for what, number, _ in bench.effects()]


@on("safe", ["redis"])
def test_a_run_waits_for_its_predecessor_also_when_that_is_killed(bench: Bench) -> None:
    bench.env.update(STORE=bench.redis(2))
    first = bench.worker("-c", "1")
    send(bench, 0, "queue")
    until(lambda: bench.started(0), "the first run", 60)
    bench.worker("-c", "2")
    send(bench, 1, "queue")
    send(bench, 2, "skip")
    until(lambda: "has not ended" in bench.log() and " dropped: " in bench.log(), "both wait", 60)
    assert lines(bench) == [("start", 0)]
    first.kill()
    Path(f"{bench.effects_file}.go").touch()
    assert bench.settle("a run is killed, its successor waits", 2, 90) == 0
    found = lines(bench)
    assert ("start", 2) not in found
    # One after the other, each to its end, in whatever order they got the lease.
    begun = [n for what, n in found if what == "start"]
    assert begun[0] == 0
    assert sorted(begun[1:]) == [0, 1]
    assert [what for what, _ in found] == ["start", "start", "end", "start", "end"]
