"""Real workers on a real broker, all nodes of pytest-celery, and what the workers did.

Brokers are local processes or containers (celery_safe.testing.nodes); workers are local processes
always, as the tests kill what is inside them and read what they write.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytest_celery import CeleryTestBackend, CeleryTestBroker, CeleryTestContainer, CeleryTestWorker

from celery_safe.testing.local import SQLiteFile, Worker, until
from celery_safe.testing.nodes import Process, worker_node

HERE = Path(__file__).parent.parent / "integration"
#: Of the code under test: an editable install may be another one.
ROOT = HERE.parent.parent
BROKERS = ["redis", "rabbitmq-classic", "rabbitmq-quorum", "sqlite"]
Servers = Callable[[str], Any]


def on(app: str, brokers: list[str] = BROKERS) -> Any:
    """Run a test on each broker with SafeCelery (``safe``) or plain Celery (``plain``)."""
    return pytest.mark.parametrize(
        "bench", [(b, app) for b in brokers], indirect=True, ids=[f"{b}-{app}" for b in brokers]
    )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a worker and all of its children."""
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


class EmbeddedBroker(CeleryTestContainer):
    """The file of the embedded broker, with the interface of a container."""

    @property
    def celeryconfig(self) -> dict[str, str]:
        url = self._container.server.url()
        return {"url": url, "host_url": url}


def embedded(folder: Path) -> CeleryTestBroker:
    """A node of pytest-celery: the embedded broker."""
    return CeleryTestBroker(EmbeddedBroker(Process(SQLiteFile(folder))))


def is_running(node: Any) -> bool:
    """Whether its process is."""
    node.container.reload()
    return bool(node.container.status == "running")


def ends(node: Any, signal_name: str, seconds: float = 60) -> None:
    """Send it a signal that ends it, and wait until it has."""
    node.kill(signal_name)
    until(lambda: not is_running(node), f"{node.name()} has ended after {signal_name}", seconds)


class Bench:
    """Workers, calls and effects of one test."""

    def __init__(
        self, broker: CeleryTestBroker, backend: CeleryTestBackend, broker_name: str, app: str,
        folder: Path,
    ) -> None:  # fmt: skip
        self.broker, self.backend = broker, backend
        self.broker_name, self.app, self.folder = broker_name, app, folder
        self.effects_file = folder / "effects"
        self.workers: list[CeleryTestWorker] = []
        self.rows: list[dict[str, Any]] = []
        self.env = {
            **os.environ, "APP": app, "BROKER": self.broker_url, "CAP": "2",
            "BACKEND": self.redis(1), "QUEUE": f"q{os.getpid()}-{folder.name}",
            "QUEUE_TYPE": "quorum" if broker_name.endswith("quorum") else "classic",
            "EFFECTS": str(self.effects_file), "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
        }  # fmt: skip

    @property
    def broker_url(self) -> str:
        """The URL of the broker, from this host."""
        return str(self.broker.config()["host_url"])

    def redis(self, db: int) -> str:
        """The URL of a database of the Redis that has the results."""
        return str(self.backend.config(vhost=db)["host_url"])

    def run(self, code: str, timeout: float = 90) -> str:
        """Run code in a process of its own that has imported everything of the app."""
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-c", f"from worker_app import *\n{code}"],
            env=self.env, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # faulthandler says where it hangs
            raise AssertionError(f"not within {timeout} s: {process.communicate()[1]}") from None
        assert process.returncode == 0, err
        return out

    def worker(
        self, *options: str, wait: bool = True, env: dict[str, str] | None = None
    ) -> CeleryTestWorker:
        """Start a worker with two processes, and wait until it consumes."""
        number = len(self.workers)
        command = ["celery", "-A", "worker_app", "worker", "-c", "2", "-l", "INFO",
                   "-n", f"w{number}@%h", *options]  # fmt: skip
        process = Worker(self.folder / f"worker{number}", command, {**self.env, **(env or {})})
        node = worker_node(process)
        self.workers.append(node)
        (process.start if wait else process.launch)()
        return node

    def log(self, n: int = -1) -> str:
        """What a worker has logged."""
        return str(self.workers[n].logs())

    def effects(self) -> list[list[str]]:
        """Everything that tasks have noted: what, number, process."""
        if not self.effects_file.exists():
            return []
        return [line.split() for line in self.effects_file.read_text().splitlines()]

    def count(self, what: str) -> int:
        """How often something was noted."""
        return sum(w == what for w, *_ in self.effects())

    def ended(self) -> Counter[int]:
        """How often each numbered task has ended."""
        return Counter(int(number) for what, number, _ in self.effects() if what == "end")

    def started(self, number: int) -> list[int]:
        """The processes in which a numbered task has started."""
        return [int(pid) for what, n, pid in self.effects() if what == "start" and int(n) == number]

    def send(self, count: int, seconds: float, first: int = 0) -> None:
        """Send numbered tasks that take some seconds."""
        self.run(f"[work.delay(n, {seconds}) for n in range({first}, {first + count})]")

    def settle(self, fault: str, count: int, seconds: float) -> int:
        """Wait until all have ended or the time is up; how many are lost. The row is printed at the end."""
        end = time.monotonic() + seconds
        while set(self.ended()) != set(range(count)) and time.monotonic() < end:
            time.sleep(0.05)
        ended = self.ended()
        self.rows.append(
            {
                "app": self.app, "broker": self.broker_name, "fault": fault, "sent": count,
                "effects": len(ended), "lost": count - len(ended), "runs": sum(ended.values()),
            }
        )  # fmt: skip
        return count - len(ended)

    def stop(self) -> None:
        """End all workers."""
        for node in self.workers:
            node.kill()
