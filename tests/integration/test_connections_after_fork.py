"""A new pool process does not end the connections of its parent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.broker

#: Publishes, forks as the pool does, and publishes again over the same pooled connection.
CODE = """
import billiard
from celery import Celery
from celery_safe.gate.forks import spare_connections_of_parent

if {spares}:
    spare_connections_of_parent()
    spare_connections_of_parent()  # a worker that is started twice in a process
app = Celery(broker={url!r})


def publish():
    with app.producer_or_acquire() as producer:
        producer.publish({{}}, exchange="", routing_key="nobody", retry=False)
        return producer.connection


def child():
    connection = publish()
    connection.collect()
    publish()


connection = publish()
sock = connection._connection._transport.sock
process = billiard.Process(target=child)
process.start()
process.join(60)
assert process.exitcode == 0
try:
    publish()
except OSError as error:
    print("lost", type(error).__name__)
else:
    print("kept", connection._connection._transport.sock is sock)
"""


@pytest.mark.parametrize("spares", [True, False])
def test_a_fork_leaves_the_parents_connection_alone(
    servers: Callable[[str], Any], spares: bool
) -> None:
    """Without it, to see that the test can fail."""
    code = CODE.format(spares=spares, url=servers("rabbitmq").url())
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == ("kept" if spares else "lost"), done.stdout
    assert not spares or done.stdout.strip() == "kept True"
