"""What a fault costs, on real servers with real workers: nothing with SafeCelery, tasks with plain Celery."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from support.servers import Rabbit, Redis, until

HERE = Path(__file__).parent
BROKERS = ["redis", "rabbitmq-classic", "rabbitmq-quorum"]


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    made = {
        "redis": Redis(tmp_path_factory.mktemp("redis")),
        "rabbitmq": Rabbit(tmp_path_factory.mktemp("rabbit")),
    }
    try:
        for server in made.values():
            server.start()
        yield made
    finally:
        for server in made.values():
            server.stop()


class Bench:
    """Workers, calls and effects of one test."""

    def __init__(self, servers, broker, app, folder):
        self.effects_file, self.folder, self.workers = folder / "effects", folder, []
        url = servers["redis"].url() if broker == "redis" else servers["rabbitmq"].url()
        self.env = {
            **os.environ, "APP": app, "BROKER": url, "BACKEND": servers["redis"].url(1), "CAP": "2",
            "QUEUE_TYPE": "quorum" if broker.endswith("quorum") else "classic",
            "EFFECTS": str(self.effects_file), "PYTHONPATH": str(HERE),
        }  # fmt: skip
        self.run("app.control.purge()")

    def run(self, code):
        done = subprocess.run(
            [sys.executable, "-c", f"from worker_app import *\n{code}"],
            env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def worker(self):
        log = (self.folder / f"worker{len(self.workers)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "worker_app", "worker", "-c", "2", "-l", "INFO"],
            env=self.env, cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.workers.append(process)
        until(
            lambda: b" ready." in Path(log.name).read_bytes(), f"worker ready, see {log.name}", 30
        )
        return process

    def effects(self):
        if not self.effects_file.exists():
            return []
        return [line.split() for line in self.effects_file.read_text().splitlines()]

    def ended(self):
        return Counter(int(number) for what, number, _ in self.effects() if what == "end")

    def started(self, number):
        return [int(pid) for what, n, pid in self.effects() if what == "start" and int(n) == number]

    def send(self, count, seconds):
        self.run(f"[work.delay(n, {seconds}) for n in range({count})]")

    def settle(self, count, seconds):
        """Wait until all ran, or until the time is up; what is missing then is lost."""
        end = time.monotonic() + seconds
        while set(self.ended()) != set(range(count)) and time.monotonic() < end:
            time.sleep(0.05)
        ended = self.ended()
        return {
            "sent": count,
            "effects": len(ended),
            "runs": sum(ended.values()),
            "lost": count - len(ended),
        }

    def stop(self):
        for process in self.workers:
            kill_tree(process)


def kill_tree(process):
    try:
        tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for one in tree:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait(20)


@pytest.fixture
def bench(servers, tmp_path, request):
    broker, app = request.param
    made = Bench(servers, broker, app, tmp_path)
    yield made
    made.stop()


def on(app, brokers=BROKERS):
    return pytest.mark.parametrize(
        "bench", [(b, app) for b in brokers], indirect=True, ids=[f"{b}-{app}" for b in brokers]
    )


def kill_child(bench, worker):
    os.kill(bench.started(0)[0], signal.SIGKILL)


def kill_main(bench, worker):
    kill_tree(worker)
    bench.worker()


def terminate(bench, worker):
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    bench.worker()


def fault_in_the_middle(bench, fault, count, seconds, wait):
    worker = bench.worker()
    bench.send(count, seconds)
    until(lambda: bench.started(0), "task 0 runs", 20)
    fault(bench, worker)
    seen = bench.settle(count, wait)
    print(json.dumps({"fault": fault.__name__, **seen}))
    return seen


@pytest.mark.broker
@pytest.mark.parametrize("fault", [kill_child, kill_main, terminate])
@on("safe")
def test_nothing_is_lost(bench, fault):
    assert fault_in_the_middle(bench, fault, count=4, seconds=1.5, wait=40)["lost"] == 0


@pytest.mark.broker
@pytest.mark.parametrize("fault", [kill_child, kill_main])
@on("plain", ["redis", "rabbitmq-classic"])
def test_plain_celery_loses_what_it_ran(bench, fault):
    """The same test, so that it can fail."""
    assert fault_in_the_middle(bench, fault, count=2, seconds=1.5, wait=9)["lost"] > 0


@pytest.mark.broker
@on("safe")
def test_a_poison_task_is_given_up_and_innocents_run(bench):
    bench.worker()
    out = bench.run(
        "bad = poison.apply_async(link_error=errback.s()); big = memory.delay()\n"
        "[work.delay(n, 0.1) for n in range(4)]\n"
        "for r in (bad, big):\n"
        "    try: r.get(timeout=40)\n"
        "    except Exception as e: print(type(e).__name__)"
    )
    assert out.split() == ["TooManyRedeliveries", "MemoryError"]
    assert bench.settle(4, 10)["lost"] == 0
    until(
        lambda: any(w == "errback-TooManyRedeliveries" for w, *_ in bench.effects()), "errback", 10
    )
    assert Counter(what for what, *_ in bench.effects() if what in ("poison", "memory", "errback-TooManyRedeliveries")) == {
        "poison": 3, "memory": 1, "errback-TooManyRedeliveries": 1,
    }  # fmt: skip
    assert bench.workers[0].poll() is None


@pytest.mark.broker
@on("safe", ["redis"])
def test_a_redis_restart_does_not_end_the_worker(bench, servers):
    worker = bench.worker()
    bench.send(1, 4)
    until(lambda: bench.started(0), "task 0 runs", 20)
    servers["redis"].kill()
    time.sleep(1.5)
    servers["redis"].start()
    assert bench.settle(1, 30)["lost"] == 0
    bench.run("work.delay(1, 0)")
    until(lambda: 1 in bench.ended(), "work after the restart", 30)
    assert worker.poll() is None
