"""A broker that is restarted costs no task, not even those sent while it is away."""

from __future__ import annotations

import threading
import time

import pytest
from support.bench import Bench, ends, is_running, on

from celery_safe.testing.local import until

# On a server of its own: RabbitMQ 3.10 that was killed with several quorum queues may elect no leader
# for one of them ("leader not known" in its log), and then nobody can publish to that one.
pytestmark = [pytest.mark.broker, pytest.mark.own_server]


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
@on("safe", ["redis", "rabbitmq-classic", "rabbitmq-quorum"])
def test_broker_restart_loses_nothing(bench: Bench, how: str) -> None:
    worker = bench.worker()
    bench.send(6, 3)
    until(lambda: bench.started(0) and bench.started(1), "two tasks run, four wait", 60)
    ends(bench.broker, how)
    errors: list[BaseException] = []

    def publish() -> None:
        try:
            bench.send(2, 0.1, first=6)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=publish)
    thread.start()
    time.sleep(3)
    bench.broker.restart()
    thread.join()
    assert errors == []
    assert bench.settle(f"broker restart ({how})", 8, 90) == 0
    assert is_running(worker)
