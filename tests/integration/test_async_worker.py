"""``async def`` tasks in real workers: one loop per process or thread, context, cancellation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from celery_safe.testing.local import Worker, running, until

pytestmark = pytest.mark.broker
HERE = Path(__file__).parent
COUNT = 12


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_async_tasks_in_a_real_worker(pool: str, tmp_path: Path) -> None:
    effects = tmp_path / "effects"
    env = {
        **os.environ, "BROKER": f"sqlite+safe:///{tmp_path / 'broker.db'}", "EFFECTS": str(effects),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
    }  # fmt: skip
    code = f"from async_app import *\nfor n in range({COUNT}): run.delay(n)"
    if pool == "prefork":  # no other pool of Celery has a soft limit
        code += "\nlimited.delay()"
    subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, check=True, timeout=60)

    def lines(what: str) -> list[list[str]]:
        text = effects.read_text() if effects.exists() else ""
        return [line.split()[1:] for line in text.splitlines() if line.split()[0] == what]

    command = ["celery", "-A", "async_app", "worker", "-c", "2", "-P", pool, "-l", "INFO"]
    with running(Worker(tmp_path / "worker", command, env)) as worker:
        until(lambda: len(lines("ran")) == COUNT, f"all have run, see {worker.log}", 60)
        until(lambda: len(lines("cancelled")) == COUNT, "what they left is cancelled", 30)
        if pool == "prefork":
            until(lambda: lines("limited"), "the soft limit is seen", 60)
    ran = lines("ran")
    assert sorted(int(number) for number, *_ in ran) == list(range(COUNT))
    loops = {(where, loop) for _, where, loop, _, _ in ran}
    assert len(loops) == len({where for where, _ in loops}) <= 2, "a loop is kept from task to task"
    assert {before for *_, before, _ in ran} == {"none"}, "what a task sets is gone at its end"
    assert all(after == f"acme-{number}" for number, *_, after in ran)
