"""A pool process that is forked while another thread looks for librabbitmq can connect all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: A finder that a thread is stuck in for ever, as one whose thread was not forked along.
CODE = """
import sys, threading
from celery_safe.gate.forks import search_librabbitmq_once

if {once}:
    search_librabbitmq_once()
inside = threading.Event()


class Stuck:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "librabbitmq":
            inside.set()
            threading.Event().wait()


def search():
    try:
        import librabbitmq
    except ImportError:
        inside.set()


sys.meta_path.insert(0, Stuck)
threading.Thread(target=search, daemon=True).start()
inside.wait()
from kombu import Connection

Connection("amqp://")
print("connected")
"""


@pytest.mark.parametrize("once", [True, False])
def test_the_search_takes_no_lock(once: bool) -> None:
    """Without it, to see that the test can fail."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE.format(once=once)], stdout=subprocess.PIPE, text=True
    )
    try:
        out, _ = process.communicate(timeout=60 if once else 8)
    except subprocess.TimeoutExpired:
        assert not once
    else:
        assert once
        assert out.strip() == "connected"
    finally:
        process.kill()
        process.wait()
