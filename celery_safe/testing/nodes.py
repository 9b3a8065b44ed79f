"""pytest-celery on local processes: the same tests without a container engine.

::

    # conftest.py
    from celery_safe.testing.nodes import *

From then on ``celery_setup`` of pytest-celery starts Redis, RabbitMQ and workers as processes of the
test (:mod:`celery_safe.testing.local`). Where there is a container engine (``DOCKER_HOST`` or
``/var/run/docker.sock``) its containers are left as they are; ``CELERY_SAFE_NODES=local`` or
``docker`` decides otherwise.

Not there, compared with a container: ``get_files()``, ``ips`` and ``ports``.
"""

from __future__ import annotations

import gc
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.result import AsyncResult
from kombu.connection import Connection
from pytest_celery import (
    CeleryTestWorker,
    CeleryWorkerContainer,
    RabbitMQContainer,
    RedisContainer,
    RedisTestBackend,
)

from celery_safe.testing.local import RabbitMQ, Redis, Server, Worker

#: Where a container engine listens.
_ENGINE = Path("/var/run/docker.sock")


def is_local() -> bool:
    """Whether nodes are local processes.

    Raises:
        pytest.UsageError: ``CELERY_SAFE_NODES`` is neither ``local`` nor ``docker``.
    """
    said = os.environ.get("CELERY_SAFE_NODES", "")
    if said not in ("", "local", "docker"):
        raise pytest.UsageError(f"CELERY_SAFE_NODES={said!r}: write local or docker")
    return said != "docker" if said else not ("DOCKER_HOST" in os.environ or _ENGINE.exists())


class Process:
    """As much of a Docker container as pytest-celery asks of one, around a local process."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.id = f"{server.port:012d}"
        self.name = f"{type(server).__name__}-{server.port}"
        self.attrs: dict[str, Any] = {
            "Config": {"Hostname": f"127.0.0.1:{server.port}", "Env": []},
            "NetworkSettings": {"Networks": {}, "Ports": {}},
            "HostConfig": {"PortBindings": {}},
        }

    @property
    def status(self) -> str:
        """``running`` or ``exited``."""
        process = self.server.process
        return "running" if process is not None and process.poll() is None else "exited"

    def reload(self) -> None:
        """The status is always asked for."""

    def kill(self, signal_name: str | int | None = None) -> None:
        """Send a signal, SIGKILL by default."""
        name = signal_name or "SIGKILL"
        number = signal.Signals[name] if isinstance(name, str) else signal.Signals(name)
        if number == signal.SIGKILL:
            self.server.kill()
        else:
            self.server.signal(number)

    def restart(self, timeout: float = 10) -> None:  # noqa: ARG002 (the container's)
        """Stop and start it on the same port with the same data."""
        self.server.stop()
        self.server.start()

    def logs(self) -> bytes:
        """All that it has written."""
        return self.server.log.read_bytes() if self.server.log.exists() else b""

    def exec_run(self, command: str) -> tuple[int, bytes]:
        """Run a command beside it."""
        done = subprocess.run(
            shlex.split(command), cwd=self.server.folder, capture_output=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


class _Local:
    """What differs in a container class of pytest-celery when it is a local process."""

    _container: Process
    url: str

    @property
    def port(self) -> int:
        """The port on the loopback interface."""
        return self._container.server.port

    @property
    def host_url(self) -> str:
        """The URL: there is no other network."""
        return self.url


class LocalRedis(_Local, RedisContainer):
    """pytest-celery's Redis as a local process."""


class LocalRabbitMQ(_Local, RabbitMQContainer):
    """pytest-celery's RabbitMQ as a local process."""


class LocalRedisBackend(RedisTestBackend):
    """pytest-celery's results in a local Redis."""

    def teardown(self) -> None:
        """Let no result that is still there ask a Redis that has gone.

        pytest-celery asks every object of the process for its class, which wakes up lazy ones: tasks
        that are not made yet, and Django's settings, which then fail the test.
        """
        for found in gc.get_objects():
            if issubclass(type(found), AsyncResult):
                found.backend = None
        self.container.teardown()


class LocalWorker(CeleryWorkerContainer):
    """pytest-celery's worker as a local process."""


def worker_node(worker: Worker, app: Any = None) -> CeleryTestWorker:
    """pytest-celery's node around a worker of your own app.

    Args:
        worker: running, or not yet.
        app: for ``node.app``.
    """
    container: Any = LocalWorker
    return CeleryTestWorker(container(Process(worker)), app)


@pytest.fixture(params=["celery_redis_broker", "celery_rabbitmq_broker"])
def celery_broker(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each broker in turn; in an order, which pytest-xdist needs and a set has not."""
    broker = request.getfixturevalue(request.param)
    yield broker
    broker.teardown()


@pytest.fixture(params=["celery_redis_backend"])
def celery_backend(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The result backend."""
    backend = request.getfixturevalue(request.param)
    yield backend
    backend.teardown()


if is_local():

    @pytest.fixture
    def default_redis_broker(tmp_path: Path) -> Iterator[LocalRedis]:
        """A Redis of this test."""
        yield from _started(LocalRedis, Redis(tmp_path / "redis-broker"))

    @pytest.fixture
    def default_redis_backend(tmp_path: Path) -> Iterator[LocalRedis]:
        """A Redis of this test for results."""
        yield from _started(LocalRedis, Redis(tmp_path / "redis-backend"))

    @pytest.fixture
    def celery_redis_backend(default_redis_backend: LocalRedis) -> Iterator[LocalRedisBackend]:
        """The node around it."""
        backend = LocalRedisBackend(default_redis_backend)
        yield backend
        backend.teardown()

    @pytest.fixture(scope="session")
    def safe_rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
        """A RabbitMQ of this run, as one takes seconds to start."""
        server = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"))
        server.start()
        yield server
        server.close()

    @pytest.fixture
    def default_rabbitmq_broker(safe_rabbitmq: RabbitMQ) -> LocalRabbitMQ:
        """The RabbitMQ of the run, alive and without the messages of the test before."""
        node = Process(safe_rabbitmq)
        if node.status != "running":
            safe_rabbitmq.start()
        with Connection(safe_rabbitmq.url()) as connection:
            connection.default_channel.queue_delete(CeleryWorkerContainer.worker_queue())
        cls: Any = LocalRabbitMQ
        return cls(node)  # type: ignore[no-any-return]  # pytest-celery has no types

    @pytest.fixture
    def default_worker_container(
        tmp_path: Path,
        default_worker_command: list[str],
        default_worker_env: dict[str, str],
        default_worker_initial_content: dict[str, bytes],
    ) -> Iterator[LocalWorker]:
        """A worker in a folder of its own."""
        folder = tmp_path / "worker"
        for name, content in default_worker_initial_content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield from _started(LocalWorker, Worker(folder, default_worker_command, default_worker_env))


def _started(cls: Any, server: Server) -> Iterator[Any]:
    server.start()
    try:
        yield cls(Process(server))
    finally:
        server.close()
