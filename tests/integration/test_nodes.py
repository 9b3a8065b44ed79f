"""pytest-celery's own API on local processes: a broker, a backend, a worker, killed and restarted."""

from __future__ import annotations

import gc
import importlib
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from celery.local import Proxy
from celery.result import AsyncResult
from pytest_celery import CeleryTestSetup, ping

# What is tested is the local processes, also where there is a container engine.
with patch.dict(os.environ, CELERY_SAFE_NODES="local"):
    from celery_safe.testing import nodes
    from celery_safe.testing.nodes import *  # noqa: F403 (the fixtures, as a project does it)

from celery_safe.testing.local import Worker, running, until

pytestmark = pytest.mark.broker


def test_a_setup_of_pytest_celery(celery_setup: CeleryTestSetup) -> None:
    assert celery_setup.ready(ping=True, control=True)
    worker = celery_setup.worker
    assert ping.s().set(queue=worker.worker_queue).apply_async().get(timeout=60) == "pong"
    worker.assert_log_exists("succeeded in", timeout=30)
    worker.kill()
    assert worker.container.status == "exited"
    result = ping.s().set(queue=worker.worker_queue).apply_async()
    worker.restart()
    assert result.get(timeout=60) == "pong"


APP = """
import os
from celery_safe import SafeCelery

app = SafeCelery("own", broker=os.environ["BROKER"], backend=os.environ["BACKEND"])

@app.task(name="own.double")
def double(n: int) -> int:
    return 2 * n
"""


def test_a_worker_of_an_app_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "own_app.py").write_text(APP)
    (tmp_path / "results").mkdir()
    monkeypatch.setenv("BROKER", f"sqlite+safe:///{tmp_path}/broker.db")
    monkeypatch.setenv("BACKEND", f"file://{tmp_path}/results")
    monkeypatch.syspath_prepend(str(tmp_path / "app"))
    app: Any = importlib.import_module("own_app").app
    command = ["celery", "-A", "own_app", "worker", "-c", "1", "-l", "INFO", "-n", "own@%h"]
    with running(Worker(tmp_path / "worker", command)) as worker:
        node = nodes.worker_node(worker, app)
        assert node.ready()
        assert app.tasks["own.double"].delay(4).get(timeout=60) == 8
        node.assert_log_exists("own.double", timeout=30)
        assert f"own@{worker.name} ready." in node.logs()
        node.kill("SIGTERM")
        until(lambda: node.container.status == "exited", "a warm shutdown", 60)
        assert "Warm shutdown" in node.logs()
        result = app.tasks["own.double"].delay(5)
        node.restart()
        assert result.get(timeout=60) == 10


def test_the_end_of_a_test_wakes_up_nothing_lazy(celery_redis_backend: Any) -> None:
    def wake() -> None:
        raise AssertionError("asked for its class")

    lazy = Proxy(wake)
    result = AsyncResult("1", backend=celery_redis_backend)
    assert gc.is_tracked(lazy)
    celery_redis_backend.teardown()
    assert result.backend is None


def test_who_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_SAFE_NODES", "docker")
    assert not nodes.is_local()
    monkeypatch.setenv("CELERY_SAFE_NODES", "local")
    assert nodes.is_local()
    monkeypatch.setenv("CELERY_SAFE_NODES", "podman")
    with pytest.raises(pytest.UsageError, match="write local or docker"):
        nodes.is_local()
    monkeypatch.delenv("CELERY_SAFE_NODES")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert not nodes.is_local()
