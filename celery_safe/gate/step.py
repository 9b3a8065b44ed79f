"""The bootstep that puts the gate into a worker whose app has a store."""

from __future__ import annotations

from typing import Any

from celery import signals
from celery.bootsteps import StartStopStep

from celery_safe.gate.forks import search_librabbitmq_once
from celery_safe.gate.gate import Gate
from celery_safe.gate.keeper import Keeper


class GateStep(StartStopStep):
    """Started before the worker consumes; over reconnects it goes on."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.keeper: Keeper | None = None

    def start(self, parent: Any) -> None:
        """Make the gate at the first connection."""
        if self.keeper is None:
            search_librabbitmq_once()
            parent.gate = Gate(parent.app, parent)
            self.keeper = Keeper(parent.gate)
            signals.worker_shutting_down.connect(self._stopping)
        self.keeper.start()

    def _stopping(self, **_: Any) -> None:
        """From here on a death is a deploy's, and convicts nobody."""
        if self.keeper is not None:
            self.keeper.gate.is_stopping = True

    def stop(self, parent: Any) -> None:
        """A reconnect is no end."""

    def shutdown(self, parent: Any) -> None:  # noqa: ARG002 (Celery's signature)
        """Strike out what has ended."""
        if self.keeper is not None:
            self.keeper.stop()
