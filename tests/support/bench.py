"""Real workers on a real broker, and what they did."""

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

from celery_safe.testing.local import until

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


class Bench:
    """Workers, calls and effects of one test."""

    def __init__(self, servers: Servers, broker: str, app: str, folder: Path) -> None:
        self.broker_name, self.app, self.folder = broker, app, folder
        self.broker = servers(broker.partition("-")[0])
        self.backend = servers("redis")
        self.effects_file = folder / "effects"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.rows: list[dict[str, Any]] = []
        self.env = {
            **os.environ, "APP": app, "BROKER": self.broker.url(), "CAP": "2",
            "BACKEND": self.backend.url(1), "QUEUE": f"q{os.getpid()}-{folder.name}",
            "QUEUE_TYPE": "quorum" if broker.endswith("quorum") else "classic",
            "EFFECTS": str(self.effects_file), "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
        }  # fmt: skip

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
    ) -> subprocess.Popen[bytes]:
        """Start a worker with two processes, and wait until it consumes."""
        path = self.folder / f"worker{len(self.workers)}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "worker_app", "worker", "-c", "2", "-l", "INFO",
                 "-n", f"w{len(self.workers)}@%h", *options],
                env={**self.env, **(env or {})}, cwd=self.folder, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.workers.append(process)
        if wait:
            until(lambda: b" ready." in path.read_bytes(), f"worker ready, see {path}", 60)
        return process

    def log(self, n: int = -1) -> str:
        """What a worker has logged."""
        return (self.folder / f"worker{range(len(self.workers))[n]}.log").read_text()

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
        for process in self.workers:
            kill_tree(process)
