"""One test's broker, clock and workers, and the app that is led there for the time of the test.

Touches private parts of Celery's app: ``_pool``, ``_local``, ``_backend_cache`` (``celery/app/base.py``);
tests/unit/testing/test_plugin.py fails when they move.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

from celery import _state

from celery_safe.relay import Relay
from celery_safe.store import Kind
from celery_safe.store.memory import MemoryStore
from celery_safe.testing.clock import Beat, Clock
from celery_safe.testing.isolation import own_tasks
from celery_safe.testing.memory import Broker
from celery_safe.testing.worker import Worker

_MISSING = object()
_TIMED: tuple[Kind, ...] = ("eta",)
#: What Celery reads from the environment before its own settings.
_ENVIRONMENT = (
    "CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL", "CELERY_RESULT_BACKEND",
)  # fmt: skip


class Bench:
    """The broker, the clock and the workers of one test."""

    def __init__(self) -> None:
        self.broker = Broker()
        self.clock = Clock()
        self.workers: list[Worker] = []
        self._beats: dict[int, Beat] = {}
        self._lock = threading.RLock()
        self._is_working = False
        self.clock.work = self.work
        self.clock.before = self._start_beats
        self.clock.sources += [self._next_timer, self._next_beat, self._next_on_shelf]

    def worker(self, app: Any, name: str = "worker") -> Worker:
        """A worker of ``app`` on the broker of this test."""
        worker = Worker(self, app, name)
        self.workers.append(worker)
        return worker

    def work(self) -> None:
        """Let every worker run what is due, until none has anything left."""
        with self._lock:
            if self._is_working:
                return  # a task waits for a result, which Celery refuses by itself
            self._is_working = True
            try:
                while sum(len(worker.drain()) for worker in self.workers):
                    pass
            finally:
                self._is_working = False

    def what_waits(self) -> str:
        """What stands between the test and a result."""
        said = []
        if not self.workers:
            said.append("No worker runs: ask for the fixture safe_worker")
        names = [str(p["headers"].get("task")) for p in self.broker.waiting()]
        if names:
            said.append(f"In queues that no worker consumes: {', '.join(names)}")
        wait = self._next_timer()
        if wait is not None:
            said.append(f"A task waits for its time: clock.advance(seconds={wait + 1:.0f})")
        return ". ".join(said) or "Nothing waits anywhere"

    @contextlib.contextmanager
    def attached(self, app: Any) -> Iterator[Any]:
        """Lead ``app`` to this broker and its results for a while; its own servers are not asked."""
        url = self.broker.url
        settings = {
            "broker_url": url, "broker_read_url": url, "broker_write_url": url,
            "result_backend": "celery_safe.testing.memory:Backend", "task_always_eager": False,
        }  # fmt: skip
        environment = {k: os.environ.pop(k) for k in _ENVIRONMENT if k in os.environ}
        app.loader.import_default_modules()
        app.finalize()
        changes: Any = app.conf.changes
        before = {name: changes.get(name, _MISSING) for name in settings}
        kept = {name: app.__dict__.pop(name, _MISSING) for name in ("amqp", "_pool", "_store")}
        local, cache, current = app._local, app._backend_cache, _state.get_current_app()
        app._local, app._backend_cache, app.safe_bench = threading.local(), None, self
        app._store = None if kept["_store"] in (None, _MISSING) else MemoryStore()
        app.conf.update(settings)
        app.set_current()
        try:
            with own_tasks(app):
                yield app
        finally:
            for name, value in before.items():
                if value is _MISSING:
                    changes.pop(name, None)
                else:
                    changes[name] = value
            app.__dict__.pop("amqp", None)
            app.__dict__.pop("_pool", None)
            app.__dict__.update({k: v for k, v in kept.items() if v is not _MISSING})
            app._local, app._backend_cache = local, cache
            del app.safe_bench
            current.set_current()
            os.environ.update(environment)

    def close(self) -> None:
        """End the workers and the moved time."""
        for worker in self.workers:
            worker.stop()
        self.clock.stop()

    def _apps(self) -> list[Any]:
        return list({id(worker.app): worker.app for worker in self.workers}.values())

    def _start_beats(self) -> None:
        for app in self._apps():
            if id(app) not in self._beats:
                self._beats[id(app)] = Beat(app)

    def _next_timer(self) -> float | None:
        return min(
            (w for worker in self.workers if (w := worker.next_event()) is not None), default=None
        )

    def _next_beat(self) -> float | None:
        return min(
            (w for beat in self._beats.values() if (w := beat.wait()) is not None), default=None
        )

    def _next_on_shelf(self) -> float | None:
        """Move what is due from the message store to the broker; seconds until there is more."""
        waits = [wait for app in self._apps() if (wait := _release(app)) is not None]
        return min(waits, default=None)


def _release(app: Any) -> float | None:
    store = getattr(app, "_store", None)
    if store is None:
        return None
    if Relay(app, store, _TIMED).step():
        return 0.0
    due = store.due(_TIMED)
    return None if due is None else max(due - store.now(), 0.0)
