"""One server process: its port, its folder, its signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

#: Seconds that a server may take to start or to stop.
DEADLINE = 120.0


class ServerMissing(RuntimeError):
    """A server is not installed; the message has the line that installs it."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Poll every 20 ms until ``condition()`` holds.

    Raises:
        TimeoutError: after ``seconds``, with ``what``.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


def missing(what: str, apt: str, brew: str) -> ServerMissing:
    """The error that says how to install a server."""
    line = (
        f"brew install {brew}" if sys.platform == "darwin"
        else f"sudo apt-get install -y --no-install-recommends {apt}"
    )  # fmt: skip
    return ServerMissing(f"{what} is not installed: {line}")


class Server:
    """One server process in a session of its own, so that a signal reaches all of it.

    Args:
        folder: for its data and its log; it is made, and left as it is at the end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start on the same port with the same data, and wait until it answers."""
        raise NotImplementedError

    def url(self) -> str:
        """The URL for its clients: of a broker for Celery, of a database for SQLAlchemy."""
        raise NotImplementedError

    def spawn(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start the process; ``user`` is for servers that refuse to run as root."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=cwd or self.folder, env={**os.environ, **(env or {})}, user=user,
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def wait_until(self, answers: Callable[[], object]) -> None:
        """Wait until it answers; say what its log says if it ends instead."""

        def check() -> object:
            if self.process is not None and self.process.poll() is not None:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{type(self).__name__} ended while starting:\n{tail}")
            return answers()

        until(check, f"{type(self).__name__} answers on port {self.port}, see {self.log}")

    def signal(self, number: int) -> None:
        """Send a signal to the server and its children: SIGSTOP, SIGCONT and the like."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL: what is not on the disk is gone."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(DEADLINE)

    def stop(self) -> None:
        """SIGTERM, as an operator stops it; SIGKILL if that takes too long."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self.process is not None:
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self) -> None:
        """End everything that was started."""
        self.kill()


_AnyServer = TypeVar("_AnyServer", bound=Server)


@contextmanager
def running(server: _AnyServer) -> Iterator[_AnyServer]:
    """Start ``server``, and end it with the block."""
    try:
        server.start()
        yield server
    finally:
        server.close()
