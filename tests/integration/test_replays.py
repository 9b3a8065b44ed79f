"""Chords and replays: errors once, and a body that has run does not run again."""

from __future__ import annotations

import subprocess
import sys
import uuid
from typing import Any

import pytest
import stores
from support.bench import Bench, ends, on

from celery_safe.store import Filter
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@pytest.fixture
def store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = bench.redis(2)
    bench.env.update(STORE=url, CAP="1")
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    return stores.make(url)


def replay(bench: Bench, task_id: str) -> str:
    """The new task's id."""
    done = subprocess.run(
        [sys.executable, "-c", "from celery_safe.cli import main; main()", "messages", "replay",
         "-A", "worker_app", task_id],
        env=bench.env, cwd=bench.folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


@on("safe", ["redis", "rabbitmq-classic"])
def test_a_poison_in_a_chord_fails_it_once_and_its_replay_runs_no_body(
    bench: Bench, store: Any
) -> None:
    bad, body = uuid.uuid4().hex, uuid.uuid4().hex
    bench.worker()
    bench.run(
        "from celery import chord\n"
        f"members = [work.si(0, 0), app.signature('flaky', task_id='{bad}'), work.si(1, 0)]\n"
        f"chord(members, work.si(2, 0).set(task_id='{body}').on_error(errback.s())).apply_async()"
    )
    until(lambda: store.list(Filter(kinds=["dead"])), "the poison is a dead letter", 90)
    out = bench.run(
        f"for i in ('{bad}', '{body}'):\n"
        "    try: app.AsyncResult(i).get(timeout=60)\n"
        "    except Exception as e: print(type(e).__name__)"
    )
    assert out.split() == ["PoisonPill", "ChordError"]
    until(lambda: bench.count("errback-ChordError"), "the chord's errback", 30)
    bench.env["MENDED"] = "1"
    ends(bench.workers[0], "SIGTERM")
    bench.worker()
    new = replay(bench, bad)
    assert new != bad
    out = bench.run(f"print(app.AsyncResult('{new}').get(timeout=60))")
    assert out.split() == ["mended"]
    bench.send(1, 0, first=3)
    until(lambda: 3 in bench.ended(), "what was sent after it", 30)
    assert set(bench.ended()) == {0, 1, 3}  # 2 is the body
    assert bench.count("errback-ChordError") == 1
    assert store.count().messages == 0
