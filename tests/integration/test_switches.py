"""The kill switch on real brokers: what it holds, when, and what comes back how."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stores
from support.bench import Bench, ends, on

from celery_safe import history
from celery_safe.gate import switches
from celery_safe.gate.switches import Switch
from celery_safe.store import Filter
from celery_safe.testing.local import Redis, running, until

pytestmark = pytest.mark.broker


@pytest.fixture
def store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = bench.redis(2)
    bench.env.update(STORE=url, CAP="2")
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    return stores.make(url)


def off(store: Any, mode: Any = "hold", **what: Any) -> Switch:
    switch = Switch(mode, "the bank is down", "eve", store.now(), **what)
    switches.switch_off(store.records, switch)
    return switch


def held(store: Any) -> int:
    return int(store.count(Filter(kinds=["held"])).messages)


@on("safe", ["redis", "rabbitmq-classic"])
def test_a_switch_by_argument_holds_however_it_is_passed_and_until_it_goes(
    bench: Bench, store: Any
) -> None:
    one = off(store, argument="number=1")
    bench.worker()
    bench.run(
        "work.delay(1, 0); work.delay(number=1, seconds=0); work.delay(2, 0); work.delay(3, 0)"
    )
    until(lambda: held(store) == 2 and {2, 3} <= set(bench.ended()), "the others run", 30)
    # Several looks of the releaser: what is still off must not travel to and fro.
    time.sleep(7)
    assert {e.message.headers.get("x-celery-safe-released") for e in store.list()} == {None}
    switches.switch_on(store.records, [one], "eve")
    until(lambda: bench.ended()[1] == 2, "both run", 30)
    until(lambda: store.count().messages == 0, "nothing is left on the shelf", 10)


@on("safe", ["redis", "rabbitmq-classic"])
def test_it_takes_effect_on_all_workers_within_two_seconds(bench: Bench, store: Any) -> None:
    bench.worker()
    bench.worker()
    bench.send(2, 0)
    until(lambda: len(bench.ended()) == 2, "both run", 30)
    off(store, task="work")
    time.sleep(2)
    bench.send(20, 0, first=2)
    until(lambda: held(store) == 20, "all of them are held", 30)
    assert set(bench.ended()) == {0, 1}
    for worker in bench.workers:
        ends(worker, "SIGTERM")
    bench.worker()
    bench.send(1, 0, first=22)
    until(lambda: held(store) == 21, "a new worker knows of it from its first task on", 30)
    assert set(bench.ended()) == {0, 1}


@on("safe", ["redis"])
def test_release_is_in_order_and_paced_over_all_workers(bench: Bench, store: Any) -> None:
    one = off(store, task="work")
    bench.env["RATE"] = "10"
    bench.worker("--concurrency", "1")
    bench.send(30, 0)
    until(lambda: held(store) == 30, "all are held", 30)
    # Others that are still off are in the way of nobody.
    off(store, task="wor*", argument="number=7")
    begun = time.monotonic()
    switches.switch_on(store.records, [one], "eve")
    bench.workers[0].kill("SIGSTOP")
    time.sleep(0.1)
    bench.workers[0].kill("SIGCONT")
    until(lambda: len(bench.ended()) == 29, "the others run", 60)
    assert time.monotonic() - begun > 1.9  # three steps of ten, the first of them at once
    order = [int(n) for what, n, _ in bench.effects() if what == "start"]
    assert order == [n for n in range(30) if n != 7]
    assert held(store) == 1


@on("safe", ["redis", "rabbitmq-classic"])
def test_what_is_held_again_right_after_its_release_is_not_lost(bench: Bench, store: Any) -> None:
    """Its first entry may not be deleted yet when it comes back to the shelf."""
    bench.env["STORE_SLOW_DONE"] = "0.5"
    one = off(store, task="work")
    bench.worker("--concurrency", "1")
    bench.send(3, 0)
    until(lambda: held(store) == 3, "all are held", 30)
    for _ in range(2):
        switches.switch_on(store.records, [one], "eve")
        until(
            lambda: (
                any(e.due_at is not None for e in store.list(Filter(kinds=["held"])))
                # Or they ran: the worker may know of the switch before it releases.
                or len(bench.ended()) == 3
            ),
            "released",
            30,
        )
        switches.switch_off(store.records, one)
        time.sleep(1.5)
    switches.switch_on(store.records, [one], "eve")
    assert bench.settle("held again and again", 3, 60) == 0


@on("safe", ["redis", "sqlite"])
def test_of_a_beat_entry_one_tick_is_held(bench: Bench, store: Any) -> None:
    one = off(store, schedule="ever*")
    worker = bench.worker("-B", "--concurrency", "1", "-s", str(bench.folder / "schedule"),
                          env={"BEAT": "1"})  # fmt: skip
    until(lambda: bench.log().count("is on the shelf: disabled by eve") >= 3, "three ticks", 60)
    bench.send(1, 0, first=5)
    until(lambda: 5 in bench.ended(), "what beat has not sent runs", 30)
    assert held(store) == 1
    assert 0 not in bench.ended()
    switches.switch_on(store.records, [one], "eve")
    until(lambda: bench.ended()[0] >= 2, "it runs again", 30)
    worker.kill()


@on("safe", ["redis"])
def test_what_is_dropped_or_expired_says_so(bench: Bench, store: Any) -> None:
    off(store, "drop", task="work")
    bench.worker()
    ids = [uuid.uuid4().hex for _ in range(2)]
    out = bench.run(
        "from celery import chord\n"
        f"work.apply_async((1, 0), task_id='{ids[0]}')\n"
        f"app.send_task('dies', ['error'], task_id='{ids[1]}', expires=-1)\n"
        f"for i in {ids}:\n"
        "    try: app.AsyncResult(i).get(timeout=30)\n"
        "    except Exception as e: print(type(e).__name__)\n"
        "r = chord([work.s(3, 0), work.s(4, 0)], errback.s()).apply_async()\n"
        "try: app.AsyncResult(r.id).get(timeout=30)\n"
        "except Exception as e: print(type(e).__name__)"
    )
    assert out.split()[:2] == ["TaskRevokedError"] * 2
    assert out.split()[2] == "ChordError"
    assert not bench.effects()
    (dropped,), (expired,) = (history.lines(store.records, i) for i in ids)
    assert dropped.value == {"what": "dropped", "reason": "disabled by eve: the bank is down"}
    assert expired.value["what"] == "expired"
    assert "before it could run" in expired.value["reason"]
    assert store.count().messages == 0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Redis]:
    with running(Redis(tmp_path / "store")) as made:
        yield made


@on("safe", ["redis"])
def test_the_last_known_switches_hold_while_the_store_is_away(
    bench: Bench, database: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.env.update(STORE=database.url())
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    store = stores.make(database.url())
    off(store, task="work")
    off(store, "fail", task="dies", until=store.now() + 12)
    bench.worker()
    assert database.process is not None
    os.killpg(database.process.pid, signal.SIGSTOP)
    out = bench.run(
        "work.delay(0, 0)\nr = app.send_task('dies', ['error'])\n"
        "try: r.get(timeout=30)\nexcept Exception as e: print(type(e).__name__)"
    )
    assert out.split() == ["TaskDisabled"]
    assert not bench.effects()

    def time_is_up() -> bool:
        out = bench.run(
            "r = app.send_task('dies', ['error'])\n"
            "try: r.get(timeout=30)\nexcept Exception as e: print(type(e).__name__)"
        )
        return out.split() == ["ValueError"]

    until(time_is_up, "a switch ends by itself with the store away", 60)
    bench.workers[0].kill()
    bench.worker()
    assert "1 switches are in force as last known here" in bench.log()
    bench.send(1, 0, first=1)
    os.killpg(database.process.pid, signal.SIGCONT)
    until(lambda: held(store) == 2, "what waited for the store is held", 60)
    assert not bench.ended()
