"""The processes of one run: workers and a relay that a supervisor starts again, and a publisher."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import psutil

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Process:
    """One that is started again whenever it has ended, as systemd or Kubernetes would do."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], folder: Path) -> None:
        self.name, self.command, self.folder = name, command, folder
        self.clock = folder / f"{name}.clock"
        self.env = {**env, "CLOCK": str(self.clock)}
        self.log = folder / f"{name}.log"
        self.starts = 0
        self.is_stopped = False
        self.step_clock(0)
        self.start()

    def start(self) -> None:
        """Start it; what it prints is added to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.starts += 1

    def tend(self) -> None:
        """Start it again if it has ended."""
        if self.process.poll() is not None:
            self.start()

    def signal(self, number: int) -> None:
        """To it and its children."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def children(self) -> list[int]:
        """The processes of its pool."""
        try:
            found = psutil.Process(self.process.pid).children()
        except psutil.NoSuchProcess:
            return []
        return sorted(one.pid for one in found)

    def step_clock(self, seconds: float) -> None:
        """Shift its wall clock against everybody's."""
        self.clock.write_bytes(struct.pack("d", seconds)) if not self.clock.exists() else None
        with self.clock.open("r+b") as file:
            file.write(struct.pack("d", seconds))

    def end(self) -> None:
        """SIGKILL to all of it."""
        self.signal(signal.SIGKILL)
        self.process.wait(20)


class Publisher:
    """Sends what it is told, in order, and notes what was sent."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.log = folder / "publisher.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "chaos_app.py")], env=env, cwd=folder,
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, bufsize=0,
            )  # fmt: skip

    def send(self, words: list[str]) -> None:
        """Give it words to send, without waiting for it."""
        if self.process.poll() is not None:
            raise RuntimeError(f"the publisher has ended:\n{self.log.read_text()[-2000:]}")
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{word}\n" for word in words).encode())

    def end(self) -> None:
        """End it; what it has not sent is not sent."""
        self.process.kill()
        self.process.wait(20)


class Fleet:
    """Two workers with two processes each, a publisher, and a relay if the run wants one."""

    def __init__(self, env: dict[str, str], folder: Path, with_relay: bool) -> None:
        path = [str(HERE / "stepped_clock"), str(HERE), str(ROOT)]
        env = {**os.environ, **env, "PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"}
        worker = [sys.executable, "-m", "celery", "-A", "chaos_app", "worker", "-c", "2",
                  "-l", "INFO" if env.get("CHAOS_INFO") else "WARNING"]  # fmt: skip
        self.workers = [
            Process(f"worker{n}", [*worker, "-n", f"w{n}@%h"], env, folder) for n in range(2)
        ]
        self.relay: Process | None = None
        if with_relay:
            command = [sys.executable, "-c", "from celery_safe.cli import main; main()", "relay",
                       "-A", "chaos_app", "--poll", "0.1", "--batch", "20"]  # fmt: skip
            self.relay = Process("relay", command, env, folder)
            env = {**env, "BY_RELAY": "1"}
        self.publisher = Publisher(env, folder)

    def processes(self) -> list[Process]:
        """Those that are started again."""
        return [*self.workers, *([self.relay] if self.relay else [])]

    def tend(self) -> None:
        """Start again what has ended."""
        for one in self.processes():
            one.tend()

    def end(self) -> None:
        """End everything."""
        self.publisher.end()
        for one in self.processes():
            one.end()
