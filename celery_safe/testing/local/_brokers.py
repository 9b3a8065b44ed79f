"""Brokers as local processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from celery_safe.testing.local._server import DEADLINE, Server, free_port, missing

#: Debian's wrapper in /usr/sbin changes user and environment; the server itself is below it.
_RABBITMQ = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server",
             "/opt/homebrew/sbin/rabbitmq-server")  # fmt: skip


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
