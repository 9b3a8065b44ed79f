"""Before the event loop is reset, what pool processes say is heard to its end."""

from __future__ import annotations

import inspect
import os
import pickle
import struct
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from billiard.pool import ApplyResult
from celery.concurrency import asynpool
from kombu.asynchronous import Hub

from celery_safe.gate import accepted

TEXT = pickle.dumps(("said", "x" * 200))
MESSAGE = struct.pack(">i", len(TEXT)) + TEXT


def test_the_parts_are_where_they_were() -> None:
    flush = inspect.getsource(asynpool.AsynPool.flush)
    assert "job._accepted" in flush
    assert "_cache" in flush
    assert "self.handle_result_event" in inspect.getsource(asynpool.AsynPool)
    assert "_fileno_to_outq" in inspect.getsource(asynpool.AsynPool)
    assert ApplyResult._write_to is None
    assert "self.maintain_pool()" in flush
    assert "hub.reset()" in inspect.getsource(__import__("celery.worker.loops").worker.loops)
    hub = Hub()
    assert hub.readers == {}
    hub.close()


class Pool:
    """As much of a prefork pool as is asked, and of the object around it; its one process is a pipe."""

    def __init__(self, hub: Any) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self.said: list[Any] = []
        self.process = SimpleNamespace(_is_alive=lambda: self.is_alive)
        self.is_alive = True
        self._fileno_to_outq = {self.read: self.process}
        self._cache: dict[int, Any] = {}
        self._pool = [self.process]
        self.maintain_pool: Any = lambda: None
        handler: Any = object.__new__(asynpool.ResultHandler)
        handler.fileno_to_outq = self._fileno_to_outq
        handler.on_state_change = self.hear
        handler.register_with_event_loop(hub)
        self.handle_result_event = handler.handle_event
        hub.add_reader(self.read, self.handle_result_event, self.read)

    def hear(self, message: Any) -> None:
        self.said.append(message)
        for job in self._cache.values():
            job._accepted = True


@pytest.fixture
def hub() -> Iterator[Any]:
    made = Hub()
    yield made
    made.close()


@pytest.fixture
def pool(hub: Any) -> Iterator[Pool]:
    made = Pool(hub)
    yield made
    os.close(made.read)
    os.close(made.write)


def later(pool: Pool, data: bytes) -> threading.Thread:
    def write() -> None:
        time.sleep(0.05)
        os.write(pool.write, data)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_a_message_that_is_half_read_is_read_to_its_end(hub: Any, pool: Pool) -> None:
    accepted.before_reset(hub, SimpleNamespace(_pool=pool))
    os.write(pool.write, MESSAGE[:50])
    pool.handle_result_event(pool.read)
    assert pool.said == []
    thread = later(pool, MESSAGE[50:])
    hub.reset()
    thread.join()
    assert pool.said == [("said", "x" * 200)]
    assert hub.readers == {}


def test_a_process_that_has_a_task_is_heard(hub: Any, pool: Pool) -> None:
    accepted.before_reset(hub, SimpleNamespace(_pool=pool))
    pool._cache[1] = SimpleNamespace(_accepted=False, _write_to=pool.process)
    pool._cache[2] = SimpleNamespace(_accepted=False, _write_to=None)  # given to nobody yet
    thread = later(pool, MESSAGE)
    hub.reset()
    thread.join()
    assert pool.said


def test_a_process_that_died_of_its_task_is_heard_and_not_waited_for(hub: Any, pool: Pool) -> None:
    accepted.before_reset(hub, SimpleNamespace(_pool=pool))
    pool.is_alive = False
    pool._cache[1] = SimpleNamespace(_accepted=False, _write_to=pool.process)
    os.write(pool.write, MESSAGE)
    hub.reset()
    assert pool.said


def test_a_task_in_the_pipe_of_a_dead_process_is_begun_by_the_next(hub: Any, pool: Pool) -> None:
    accepted.before_reset(hub, SimpleNamespace(_pool=pool))
    pool.is_alive = False
    pool._cache[1] = SimpleNamespace(_accepted=False, _write_to=pool.process)
    pool.maintain_pool = lambda: os.write(pool.write, MESSAGE)
    hub.reset()
    assert pool.said


def test_silence_is_not_waited_for_without_end(
    hub: Any, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepted, "PATIENCE", 0.05)
    accepted.before_reset(hub, SimpleNamespace(_pool=pool))
    pool._cache[1] = SimpleNamespace(_accepted=False, _write_to=pool.process)
    hub.reset()
    assert hub.readers == {}


def test_an_error_of_a_handler_ends_nothing(
    hub: Any, pool: Pool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: Any) -> None:
        raise ConnectionError("the broker is away")

    accepted.before_reset(hub, SimpleNamespace(_pool=pool))
    os.write(pool.write, MESSAGE[:50])
    monkeypatch.setattr(pool, "hear", fail)
    handler: Any = object.__new__(asynpool.ResultHandler)
    handler.fileno_to_outq, handler.on_state_change = pool._fileno_to_outq, fail
    handler.register_with_event_loop(hub)
    pool.handle_result_event = handler.handle_event
    pool.handle_result_event(pool.read)
    os.write(pool.write, MESSAGE[50:])
    hub.reset()
    assert "could not be dealt with" in caplog.text


def test_pools_without_pipes_are_left_alone(hub: Any) -> None:
    accepted.before_reset(hub, SimpleNamespace())
    hub.reset()


def test_an_end_that_was_half_dealt_with_is_noticed_again(hub: Any) -> None:
    seen, half = SimpleNamespace(_sentinel_poll=7), SimpleNamespace(_sentinel_poll=None)
    accepted.before_reset(hub, SimpleNamespace(_pool=SimpleNamespace(_pool=[seen, half])))
    hub.reset()
    assert vars(seen) == {"_sentinel_poll": 7}
    assert vars(half) == {}
    assert "_sentinel_poll" in inspect.getsource(asynpool.AsynPool._track_child_process)
