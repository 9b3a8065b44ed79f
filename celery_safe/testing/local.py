"""Real servers as local processes: own ports, own data folders, started, killed and stopped at will.

::

    from celery_safe.testing.local import Redis, running

    with running(Redis(tmp_path)) as redis:
        app = SafeCelery("shop", broker=redis.url())
        redis.kill()      # SIGKILL, as a power cut
        redis.start()     # same port, same data
"""

from __future__ import annotations

import os
import shutil
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
DEADLINE = 60.0

#: Debian's wrapper in /usr/sbin changes user and environment; the server itself is below it.
_RABBITMQ = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server",
             "/opt/homebrew/sbin/rabbitmq-server")  # fmt: skip


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
        """The broker URL."""
        raise NotImplementedError

    def spawn(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **(env or {})},
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


class Redis(Server):
    """A Redis that keeps its data over a kill (append-only file).

    Raises:
        ServerMissing: when it is started and ``redis-server`` is not on the PATH.
    """

    def start(self) -> None:
        """See :meth:`Server.start`."""
        binary = shutil.which("redis-server")
        if binary is None:
            raise missing("redis-server", "redis-server", "redis")
        self.spawn(
            [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--appendonly", "yes",
             "--save", "", "--dir", str(self.folder)]
        )  # fmt: skip
        self.wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.sendall(b"PING\r\n")
                return s.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def url(self, db: int = 0) -> str:
        """The URL of one of its databases."""
        return f"redis://127.0.0.1:{self.port}/{db}"


class RabbitMQ(Server):
    """A RabbitMQ node with an epmd of its own.

    Raises:
        ServerMissing: when it is started and RabbitMQ is not installed.
    """

    _epmd: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """See :meth:`Server.start`."""
        binary = next((b for b in _RABBITMQ if Path(b).exists()), None)
        if binary is None:
            raise missing("rabbitmq-server", "rabbitmq-server", "rabbitmq")
        self.close()
        epmd_port = str(free_port())
        none = str(self.folder / "none")
        env = {
            "HOME": str(self.folder), "ERL_EPMD_PORT": epmd_port, "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"n{self.port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"), "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(self.folder), "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": none, "RABBITMQ_CONFIG_FILE": none,
            # The script then becomes the server, so that our signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }  # fmt: skip
        (self.folder / "plugins").write_text("[].")
        self.log.write_bytes(b"")
        self._epmd = subprocess.Popen(
            [shutil.which("epmd") or "epmd", "-port", epmd_port, "-address", "127.0.0.1"],
            env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.spawn([binary], env)
        self.wait_until(lambda: b"startup complete" in self.log.read_bytes())

    def close(self) -> None:
        """See :meth:`Server.close`."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(DEADLINE)
            self._epmd = None

    def url(self) -> str:
        """The URL of its default virtual host."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"


class SQLiteFile(Server):
    """The embedded broker's file, with the interface of a server: there is no process to kill."""

    def start(self) -> None:
        """Nothing to start."""

    def url(self) -> str:
        """The URL of the file."""
        return f"sqlite+safe:///{self.folder / 'broker.db'}"
