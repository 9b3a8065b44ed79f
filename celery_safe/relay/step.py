"""The relay as a thread of a worker: ``SafeCelery(relay="worker")``."""

from __future__ import annotations

import threading
from typing import Any

from celery.bootsteps import StartStopStep

from celery_safe.relay import Relay
from celery_safe.relay.loop import Loop
from celery_safe.store import Kind

#: What a relay moves: rows whose transaction has committed, and tasks whose time has come.
KINDS: tuple[Kind, ...] = ("outbox", "ordered", "eta")


class RelayStep(StartStopStep):
    """Started once; over reconnects of the worker it goes on."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        """Begin to move."""
        if self._thread is None:
            loop = Loop(Relay(parent.app, parent.app.store, KINDS))
            self._thread = threading.Thread(
                target=loop.run, args=(self._stop,), name="celery-safe-relay", daemon=True
            )
            self._thread.start()

    def stop(self, parent: Any) -> None:
        """A reconnect is no end."""

    def shutdown(self, parent: Any) -> None:  # noqa: ARG002 (Celery's signature)
        """Bring the batch at hand to its end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)
