"""pytest-celery's own API on local processes: a broker, a backend, a worker, killed and restarted."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest
from pytest_celery import CeleryTestSetup, ping

# What is tested is the local processes, also where there is a container engine.
with patch.dict(os.environ, CELERY_SAFE_NODES="local"):
    from celery_safe.testing import nodes
    from celery_safe.testing.nodes import *  # noqa: F403 (the fixtures, as a project does it)

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
