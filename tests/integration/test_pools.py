"""The gate on pools other than prefork: a death of the process, switches, dead letters."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import stores
from support.bench import Bench, is_running, on

from celery_safe.gate import switches
from celery_safe.store import Filter
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@pytest.fixture
def store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = bench.redis(2)
    bench.env.update(STORE=url, CAP="1")
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    return stores.make(url)


@pytest.mark.parametrize("pool", ["threads", "gevent", "solo"])
@on("safe", ["redis", "rabbitmq-classic"])
def test_the_gate_works_on_it(bench: Bench, store: Any, pool: str) -> None:
    """One process: a task that kills it takes the worker with it, and a supervisor starts the next."""
    bad, failed, late = (f"{n}-{uuid.uuid4().hex[:8]}" for n in ("bad", "failed", "late"))
    off = switches.Switch("hold", "no", "eve", store.now(), task="work", argument="number=7")
    switches.switch_off(store.records, off)
    bench.run(
        f"app.send_task('dies', ['child'], task_id='{bad}', link_error=errback.s())\n"
        "[work.delay(n, 0.1) for n in (0, 1, 2, 7)]\n"
        f"app.send_task('dies', ['error'], task_id='{failed}')\n"
        f"app.send_task('shop.new', task_id='{late}')\n"
    )

    def ids(kind: Any) -> set[str]:
        return {e.message.task_id for e in store.list(Filter(kinds=[kind]))}

    for _ in range(4):
        worker = bench.worker("-P", pool, wait=False)
        until(lambda: not is_running(worker) or bad in ids("dead"), "death or conviction", 60)  # noqa: B023
        if is_running(worker):
            break
    assert is_running(worker)
    assert bench.count("dies-child") == 2
    until(lambda: {0, 1, 2} <= set(bench.ended()), "the innocent run", 30)
    until(lambda: ids("dead") == {bad, failed}, "dead letters", 30)
    until(lambda: ids("unknown") == {late}, "the unknown one is parked", 30)
    until(lambda: len(ids("held")) == 1, "what is switched off is held", 30)
    until(lambda: bench.count("errback-PoisonPill"), "its errback", 30)
    switches.switch_on(store.records, [off], "eve")
    until(lambda: 7 in bench.ended(), "it is released", 30)
    assert bench.count("errback-PoisonPill") == 1
