"""The gate with a store, on real brokers: poison, unknown and unreadable messages, switches, dead letters."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import stores
from support.bench import Bench, kill_tree, on

from celery_safe.gate import switches
from celery_safe.store import Filter
from celery_safe.testing.local import Redis, running, until

pytestmark = pytest.mark.broker


@pytest.fixture
def store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store of this test alone, which its workers use too."""
    url = bench.backend.url(2)
    bench.env.update(STORE=url, CAP="2")
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    return stores.make(url)


@pytest.fixture
def bad() -> str:
    """The poison's id; results of other tests stay in the backend."""
    return f"bad-{uuid.uuid4().hex}"


def dead(store: Any) -> dict[str, str]:
    return {e.message.task_id: e.reason for e in store.list(Filter(kinds=["dead"]))}


@on("safe")
def test_a_poison_is_convicted_after_exactly_its_cap(bench: Bench, store: Any, bad: str) -> None:
    convict(bench, store, "child", bad)


@pytest.mark.parametrize("how", ["exit", "_exit"])
@on("safe", ["redis"])
def test_leaving_python_is_a_death_too(bench: Bench, store: Any, how: str, bad: str) -> None:
    convict(bench, store, how, bad)


def convict(bench: Bench, store: Any, how: str, bad: str) -> None:
    bench.worker()
    bench.run(
        f"app.send_task('dies', ['{how}'], task_id='{bad}', link_error=errback.s())\n"
        "[work.delay(n, 0.1) for n in range(4)]"
    )
    until(lambda: bad in dead(store), "the poison is a dead letter", 90)
    assert bench.settle(f"poison ({how}), with a store", 4, 30) == 0
    assert bench.count(f"dies-{how}") == 3
    assert dead(store)[bad].startswith("PoisonPill: ")
    until(lambda: bench.count("errback-PoisonPill"), "its errback", 30)
    assert bench.count("errback-PoisonPill") == 1
    assert bench.workers[0].poll() is None
    assert not store.records.read("running", f"{bad}|")


@on("safe")
def test_a_poison_that_kills_the_worker_is_convicted_and_innocents_run(
    bench: Bench, store: Any, bad: str
) -> None:
    bench.run(
        f"[work.delay(n, 0.1) for n in range(2)]\napp.send_task('dies', ['main'], task_id='{bad}')\n"
        "[work.delay(n, 0.1) for n in range(2, 6)]"
    )
    worker = bench.worker(wait=False)
    for _ in range(4):
        until(lambda: worker.poll() is not None or bad in dead(store), "death or conviction", 90)  # noqa: B023
        if bad in dead(store):
            break
        worker = bench.worker(wait=False)
    assert bench.settle("poison kills the worker, with a store", 6, 60) == 0
    assert bench.count("dies-main") == 3
    assert set(dead(store)) == {bad}
    assert worker.poll() is None


@on("safe", ["redis", "rabbitmq-classic"])
def test_deploys_convict_nobody(bench: Bench, store: Any) -> None:
    """Stopped while it runs, by each signal, more often than the cap."""
    bench.env.update(CAP="1", SOFT="0.2")
    worker = bench.worker("--concurrency", "1")
    bench.send(1, 4)
    for n, how in enumerate([signal.SIGQUIT, signal.SIGQUIT, signal.SIGTERM, signal.SIGQUIT]):
        until(lambda: len(bench.started(0)) > n, f"start {n}", 60)  # noqa: B023
        worker.send_signal(how)
        if how == signal.SIGTERM:
            time.sleep(0.3)
            kill_tree(worker)  # as Kubernetes does when the grace period is over
        worker.wait(60)
        worker = bench.worker("--concurrency", "1")
    assert bench.settle("four deploys", 1, 60) == 0
    assert dead(store) == {}


@on("safe", ["redis", "rabbitmq-classic", "sqlite"])
def test_an_unknown_task_waits_for_a_worker_that_knows_it(bench: Bench, store: Any) -> None:
    worker = bench.worker()
    bench.run("[app.send_task('shop.new', [n], task_id=f'n{n}') for n in range(3)]")
    until(lambda: store.count(Filter(kinds=["unknown"])).messages == 3, "three are parked", 30)
    assert "no worker knows" in store.list(Filter(id_prefix="n1"))[0].reason
    worker.send_signal(signal.SIGTERM)
    worker.wait(60)
    bench.env["KNOWS"] = "shop.new"
    bench.worker()
    until(lambda: bench.count("late") == 3, "they run", 30)
    until(lambda: store.count().messages == 0, "nothing is left on the shelf", 30)


@on("safe", ["redis", "rabbitmq-classic", "sqlite"])
def test_what_cannot_be_read_is_a_dead_letter(bench: Bench, store: Any) -> None:
    bench.worker()
    bench.run(
        "def send(body, **o):\n"
        "    with app.connection_for_write() as c:\n"
        "        c.Producer().publish(body, routing_key=app.conf.task_default_queue, exchange='', **o)\n"
        "task = {'task': 'work', 'id': 'x'}\n"
        "send(b'{]', content_type='application/json', content_encoding='utf-8', headers={**task, 'id': 'body'})\n"
        "send(b'pickled', content_type='application/x-python-serialize', content_encoding='binary',\n"
        "     headers={**task, 'id': 'content'})\n"
        "send(b'[1, 2]', content_type='application/json', content_encoding='utf-8', headers={'id': 'none'})\n"
        "send(b'[[], {}, {}]', content_type='application/json', content_encoding='utf-8',\n"
        "     headers={**task, 'id': 'eta', 'eta': 'tomorrow'})\n"
        "work.delay(0, 0)"
    )
    assert bench.settle("unreadable messages", 1, 30) == 0
    until(lambda: len(dead(store)) == 4, "four dead letters", 30)
    assert set(dead(store)) == {"body", "content", "none", "eta"}


@on("safe", ["redis", "rabbitmq-classic", "sqlite"])
def test_a_failure_is_a_dead_letter_before_it_is_acknowledged(bench: Bench, store: Any) -> None:
    bench.worker()
    bench.run(
        "app.send_task('dies', ['error'], task_id='e')\n"
        "app.send_task('dies', ['hang'], task_id='h', time_limit=1)\nwork.delay(0, 0)"
    )
    until(lambda: len(dead(store)) == 2, "two dead letters", 30)
    assert dead(store)["e"] == "ValueError: no such order"
    assert dead(store)["h"].startswith("TimeLimitExceeded")
    entry = store.list(Filter(id_prefix="e"))[0]
    assert "raise ValueError" in entry.error
    assert entry.details["exception"] == "ValueError"
    assert json.loads(entry.message.body)[0] == ["error"]


@on("safe", ["redis", "rabbitmq-classic", "sqlite"])
def test_switches_take_effect_and_release_in_order(bench: Bench, store: Any) -> None:
    bench.worker("--concurrency", "1")
    off = switches.Switch("hold", "the bank is down", "eve", store.now(), task="wo*")
    switches.switch_off(store.records, off)
    time.sleep(2)
    bench.send(5, 0)
    until(lambda: store.count(Filter(kinds=["held"])).messages == 5, "five are held", 30)
    assert "the bank is down" in store.list()[0].reason
    assert not bench.effects()
    switches.switch_on(store.records, [off], "eve")
    assert bench.settle("switched off and on", 5, 30) == 0
    assert [int(n) for what, n, _ in bench.effects() if what == "start"] == [0, 1, 2, 3, 4]
    until(lambda: store.count().messages == 0, "nothing is left on the shelf", 10)

    for mode in ("drop", "fail"):
        one = switches.Switch(mode, "no", "eve", store.now(), argument="", task="work")
        switches.switch_off(store.records, one)
        time.sleep(2)
        out = bench.run(
            "r = work.delay(9, 0)\ntry: r.get(timeout=3)\nexcept Exception as e: print(type(e).__name__)"
        )
        assert out.strip() == {"drop": "TaskRevokedError", "fail": "TaskDisabled"}[mode]
    assert 9 not in bench.ended()


@on("safe", ["redis", "rabbitmq-classic"])
@pytest.mark.parametrize("policy", ["run", "hold"])
def test_a_store_that_is_away_stops_nothing_or_all(
    bench: Bench, tmp_path: Path, policy: str
) -> None:
    with running(Redis(tmp_path / "store")) as database:
        bench.env.update(STORE=database.url(0), AWAY=policy)
        bench.worker()
        bench.send(1, 0)
        assert bench.settle(f"store there ({policy})", 1, 30) == 0
        assert database.process is not None
        os.killpg(database.process.pid, signal.SIGSTOP)
        bench.send(2, 0, first=1)
        if policy == "run":
            assert bench.settle("store away, run", 3, 40) == 0
        else:
            time.sleep(6)
            assert set(bench.ended()) == {0}
        os.killpg(database.process.pid, signal.SIGCONT)
        assert bench.settle(f"store back ({policy})", 3, 60) == 0


@on("safe", ["redis", "rabbitmq-quorum"])
def test_what_plain_celery_sends_for_tomorrow_waits_on_the_shelf(bench: Bench, store: Any) -> None:
    bench.worker()
    # More than the worker's prefetch: in its memory they would leave no room for what comes after.
    bench.run(
        "from celery import Celery\n"
        "plain = Celery('plain', broker=os.environ['BROKER'])\n"
        "plain.conf.task_default_queue = os.environ['QUEUE']\n"
        "plain.conf.task_default_queue_type = os.environ['QUEUE_TYPE']\n"
        "[plain.send_task('work', [n, 0], countdown=86400) for n in range(9, 15)]\n"
        "[work.delay(n, 0) for n in range(3)]"
    )
    assert bench.settle("tasks for tomorrow before those of today", 3, 40) == 0
    until(lambda: len(store.list(Filter(kinds=["eta"]))) == 6, "all six wait on the shelf", 40)
    in_seconds = [e.due_at - store.now() for e in store.list(Filter(kinds=["eta"]))]
    assert all(86000 < left <= 86400 for left in in_seconds), in_seconds
