"""What a worker says to Prometheus, by scraping it."""

from __future__ import annotations

import os
import re
import signal
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
import stores
from prometheus_client.parser import text_string_to_metric_families
from support.bench import Bench, on

from celery_safe.gate import switches
from celery_safe.store import Filter
from celery_safe.testing.local import Redis, running, until

pytestmark = pytest.mark.broker


def scrape(bench: Bench) -> dict[tuple[str, ...], float]:
    """Name and labels' values (without the worker's) -> value."""
    (url,) = set(re.findall(r"Metrics: (http://\S+)", bench.log()))
    text = urllib.request.urlopen(url, timeout=30).read().decode()
    return {
        (
            sample.name,
            *(v for k, v in sorted(sample.labels.items()) if k != "hostname"),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape_with_store(bench: Bench) -> dict[tuple[str, ...], float]:
    """The same, once the store has answered in time: the machine may be busy."""
    found: dict[tuple[str, ...], float] = {}

    def answered() -> bool:
        found.clear()
        found.update(scrape(bench))
        return found["celery_safe_store_up",] == 1

    until(answered, "the store answers", 60)
    return found


@on("safe", ["redis"])
def test_a_worker_counts_what_leaves_the_straight_way(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Redis(tmp_path / "store")) as database:
        monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
        bench.env.update(STORE=database.url(), CAP="1", METRICS="127.0.0.1:0", STORE_LIMIT="50")
        store: Any = stores.make(database.url())
        off = switches.Switch("hold", "no", "eve", store.now(), task="work")
        switches.switch_off(store.records, off)
        bench.worker()
        bad = uuid.uuid4().hex
        bench.run(
            "work.delay(0, 0)\napp.send_task('dies', ['error'])\n"
            f"app.send_task('dies', ['child'], task_id='{bad}')\n"
            "app.send_task('dies', ['error'], expires=-1)\napp.send_task('shop.new')\n"
            "app.send_task('dies', ['error'], headers={'replayed_from': 'x'})"
        )
        until(lambda: store.count(Filter(kinds=["dead"])).messages == 3, "three dead letters", 60)
        until(lambda: store.count().messages == 5, "five messages in all", 30)
        queue, found = bench.env["QUEUE"], scrape_with_store(bench)
        expected = {
            ("celery_task_failed_total", "ValueError", "dies", queue): 2,
            ("celery_task_failed_total", "PoisonPill", "dies", queue): 1,
            ("celery_task_revoked_total", "dies", queue, "expired"): 1,
            ("celery_safe_shelved_total", "held", "work", queue): 1,
            ("celery_safe_shelved_total", "unknown", "shop.new", queue): 1,
            ("celery_safe_shelved_total", "dead", "dies", queue): 3,
            ("celery_safe_replayed_total", "dies", queue): 1,
            ("celery_safe_worker_losses_total", "dies"): 2,
            ("celery_safe_convicted_total", "dies", queue): 1,
            ("celery_safe_store_up",): 1,
            ("celery_safe_store_messages", "dead"): 3,
            ("celery_safe_store_messages", "held"): 1,
            ("celery_safe_store_messages", "eta"): 0,
            ("celery_safe_store_max_messages",): 50,
            ("celery_safe_store_full_total",): 0,
            ("celery_safe_switches",): 1,
        }
        assert {key: found.get(key) for key in expected} == expected
        assert found["celery_safe_store_bytes", "dead"] > 100
        assert 0 < found["celery_safe_store_oldest_seconds", "dead"] < 120
        assert ("celery_safe_store_oldest_seconds", "eta") not in found
        assert not [key for key in found if bad in key]
        switches.switch_on(store.records, [off], "eve")
        until(lambda: bench.ended()[0] == 1, "it is released", 30)
        assert scrape(bench)["celery_safe_released_total", "held", "work", queue] == 1

        assert database.process is not None
        os.killpg(database.process.pid, signal.SIGSTOP)
        bench.run("work.delay(1, 0); app.send_task('dies', ['error'])")
        until(lambda: bench.ended()[1] == 1, "it runs without the store", 30)
        until(lambda: scrape(bench)["celery_safe_store_away_seconds_total",] > 1, "time away", 60)
        found = scrape(bench)
        assert found["celery_safe_store_up",] == 0
        assert found["celery_safe_store_failures_total",] >= 1
        assert ("celery_safe_store_messages", "dead") not in found
        os.killpg(database.process.pid, signal.SIGCONT)
        scrape_with_store(bench)


@on("safe", ["redis"])
def test_a_port_that_is_taken_is_said_and_a_full_store_is_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bench.redis(2)
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    bench.env.update(STORE=url, METRICS="127.0.0.1:0", STORE_LIMIT="1")
    store: Any = stores.make(url)
    bench.worker()
    bench.run("[app.send_task('dies', ['error']) for n in range(3)]\nwork.delay(0, 0)")
    assert bench.settle("a full store", 1, 30) == 0
    until(lambda: scrape(bench)["celery_safe_store_full_total",] >= 2, "what did not fit", 30)
    assert store.count().messages == 1
    assert "more than its limit of 1" in bench.log()
    port = re.findall(r"Metrics: http://127.0.0.1:(\d+)/", bench.log())[0]
    bench.worker(env={"METRICS": f"127.0.0.1:{port}"})
    assert f"safe_metrics_listen='127.0.0.1:{port}' cannot be listened at" in bench.log()
