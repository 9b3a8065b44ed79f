"""Real servers as child processes: own ports, own data folders, killed and started at will."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

RABBIT = Path(
    "/usr/lib/rabbitmq/bin/rabbitmq-server"
)  # Debian's wrapper in /usr/sbin changes user and environment
DEADLINE = 40.0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def missing(what, package):
    line = f"{what} is not installed: sudo apt-get install -y --no-install-recommends {package}"
    if os.environ.get("CI"):
        pytest.fail(line)
    pytest.skip(line)


def until(condition, what, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Server:
    """One server process and its session, so that a kill takes all of it."""

    name = ""

    def __init__(self, folder):
        self.folder, self.port, self.process = Path(folder), free_port(), None
        self.log = self.folder / "log"

    def spawn(self, command, env=None):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **(env or {})},
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def kill(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(DEADLINE)

    stop = kill


class Redis(Server):
    def start(self):
        binary = shutil.which("redis-server") or missing("redis-server", "redis-server")
        self.spawn(
            [
                binary,
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--appendonly",
                "yes",
                "--dir",
                str(self.folder),
            ]
        )
        until(self.ready, f"redis on {self.port}")

    def ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.sendall(b"PING\r\n")
                return s.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def url(self, db=0):
        return f"redis://127.0.0.1:{self.port}/{db}"


class Rabbit(Server):
    epmd = None

    def start(self):
        if not RABBIT.exists():
            missing("rabbitmq-server", "rabbitmq-server")
        self.log.write_bytes(b"")
        epmd_port = str(free_port())
        env = {
            "HOME": str(self.folder), "ERL_EPMD_PORT": epmd_port, "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"n{self.port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"), "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-", "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"), "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            # The script then becomes the server, so that our signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }  # fmt: skip
        (self.folder / "plugins").write_text("[].")
        self.epmd = subprocess.Popen(
            ["epmd", "-port", epmd_port, "-address", "127.0.0.1"], env={**os.environ, **env},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.spawn([str(RABBIT)], env)
        until(lambda: b"startup complete" in self.log.read_bytes(), f"rabbitmq on {self.port}")

    def stop(self):
        self.kill()
        if self.epmd:
            self.epmd.kill()
            self.epmd.wait(DEADLINE)

    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"
