"""``celery-safe why`` finds a task wherever it is, on real brokers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest
import stores
from support.bench import Bench, on

from celery_safe.gate import switches
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@pytest.fixture
def store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = bench.redis(2)
    bench.env.update(STORE=url, CAP="1")
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    return stores.make(url)


def command(bench: Bench, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from celery_safe.cli import main; main(prog_name='celery-safe')", *words],
        env=bench.env, cwd=bench.folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def whys(bench: Bench, *task_ids: str, take: bool = False) -> list[dict[str, str]]:
    """What is known of several tasks: for each the lines of each source."""
    out = bench.run(
        "import json\nfrom celery_safe import whereabouts as w\nw.PATIENCE = 3\n"
        f"for i in {task_ids}:\n"
        f"    print(json.dumps([f.as_json() for f in w.whereabouts(app, i, take={take})]))"
    )
    return [joined(line) for line in out.splitlines()]


def joined(text: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for fact in json.loads(text):
        said[fact["where"]] = "\n".join(filter(None, [said.get(fact["where"]), fact["what"]]))
    return said


def why(bench: Bench, task_id: str) -> dict[str, str]:
    done = command(bench, "why", "-A", "worker_app", task_id, "--output-format", "json")
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == (0 if any(fact["known"] for fact in json.loads(done.stdout)) else 1)
    return joined(done.stdout)


@on("safe", ["redis", "rabbitmq-classic", "sqlite"])
def test_a_task_is_found_wherever_it_is(bench: Bench, store: Any) -> None:
    runs, waits, last = (uuid.uuid4().hex for _ in range(3))
    worker = bench.worker("--concurrency", "1")
    bench.run(f"work.apply_async((0, 600), task_id='{runs}', time_limit=900, soft_time_limit=900)")
    until(lambda: bench.started(0), "it runs", 30)
    until(lambda: store.records.read("running", runs), "its start is told", 30)
    bench.run(
        "[work.delay(n, 0) for n in (1, 2, 3)]\n"
        f"work.apply_async((4, 0), task_id='{waits}')\nwork.apply_async((5, 0), task_id='{last}')"
    )
    (child,) = bench.started(0)
    is_amqp = bench.broker_name.startswith("rabbitmq")
    at_work, first, second, nothing = whys(bench, runs, waits, last, "never-sent", take=is_amqp)
    assert f"runs on w0@{worker.container.id}, process {child}, since 20" in at_work["worker"]
    assert "its end has not been seen" in at_work["started"]
    if is_amqp:
        said = why(bench, last)["queues"]
        assert said.startswith("could not be looked into: AMQP")
        assert "waiting); --take looks" in said
    else:
        assert at_work["queue"].startswith(f"unacknowledged in {bench.env['QUEUE']}")
    assert first["queue"].startswith(f"waiting in {bench.env['QUEUE']}, ")
    ahead = [int(said["queue"].split(", ")[1].split()[0]) for said in (first, second)]
    assert ahead[1] == ahead[0] + 1
    assert "looked at " in nothing["queues"]
    assert "queue" not in nothing
    off = switches.Switch("hold", "the bank is down", "eve", store.now(), task="wor*")
    switches.switch_off(store.records, off)
    time.sleep(2)
    os.kill(child, signal.SIGKILL)
    until(lambda: store.count().messages == 6, "all are held", 60)
    killed, held = whys(bench, runs, last)
    assert held["shelf"].startswith("held since 20")
    assert "the bank is down" in held["shelf"]
    assert held["switch"].startswith("wor* is off (hold) since 20")
    assert "pool process died" in killed["lost"]


@on("safe", ["redis"])
def test_what_a_dead_letter_became_is_told(bench: Bench, store: Any) -> None:
    lost, done = uuid.uuid4().hex, uuid.uuid4().hex
    bench.worker()
    bench.run(
        f"app.send_task('dies', ['error'], task_id='{lost}')\n"
        f"work.apply_async((0, 0), task_id='{done}').get(timeout=30)"
    )
    until(lambda: store.count().messages == 1, "a dead letter", 30)
    said = why(bench, lost)
    assert said["result"].startswith("FAILURE at 20")
    assert said["result"].endswith("ValueError: no such order")
    assert "dead since" in said["shelf"]
    assert why(bench, done)["result"].startswith("SUCCESS at 20")
    sent = command(bench, "messages", "replay", "-A", "worker_app", lost)
    assert sent.returncode == 0, sent.stderr
    new = sent.stdout.split()[-1]
    assert f"replayed as {new}" in why(bench, lost)["history"]
    assert f"replay of {lost}" in why(bench, new)["history"]
    until(lambda: store.count().messages == 1, "it fails again", 30)
    assert f"(a replay of {lost})" in why(bench, new)["shelf"]
    assert command(bench, "messages", "discard", "-A", "worker_app", new, "--yes").returncode == 0
    assert "discarded" in why(bench, new)["history"]


@on("safe", ["redis"])
def test_what_cannot_be_asked_is_said(bench: Bench, store: Any) -> None:
    bench.env.update(BROKER="redis://127.0.0.1:1/0", STORE="redis://127.0.0.1:1/0")
    said = why(bench, "x")
    assert said["queues"].startswith("could not be asked: OperationalError")
    assert said["workers"].startswith("could not be asked: OperationalError")
    assert said["shelf"].startswith("could not be asked: ConnectionError")
    assert said["history"].startswith("could not be asked: ConnectionError")
