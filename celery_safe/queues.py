"""Queues that an app sends to without declaring them: perhaps no worker consumes them.

Touches ``AMQP.queues_cls`` and ``Queues.__missing__`` (``celery/app/amqp.py``), where Celery
makes up a queue for any name it does not know, before it publishes.
"""

from __future__ import annotations

from typing import Any

from celery.app.amqp import AMQP, Queues

from celery_safe.broker.connection import SafeConnection
from celery_safe.errors import UndeclaredQueue, UndeclaredQueueWarning
from celery_safe.notices import complain, nearest


class DeclaredQueues(Queues):
    """Celery's queues, which complain of a name that they have to make up."""

    app: Any = None
    _selecting = False

    def __missing__(self, name: str) -> Any:
        """Make up a queue as Celery does, after saying so."""
        if self.create_missing and self.app is not None and not self._selecting:
            self._complain(name)
        return super().__missing__(name)

    def select(self, include: Any) -> None:
        """Choose what to consume: ``worker -Q name`` may name any queue."""
        self._selecting = True
        try:
            super().select(include)
        finally:
            self._selecting = False

    def _complain(self, name: str) -> None:
        declared = sorted(self.app.declared_queues)
        lines = ", ".join(f'Queue("{q}")' for q in (*declared, name))
        complain(
            self.app,
            ("queue", name),
            f"queue {name!r} is not declared, so perhaps no worker consumes it"
            f"{nearest(name, declared)}. To declare it: app.conf.task_queues = [{lines}] "
            "(from kombu import Queue)",
            UndeclaredQueue,
            UndeclaredQueueWarning,
        )


class SafeAMQP(AMQP):
    """Celery's AMQP with :class:`DeclaredQueues`, and with our transport for Redis."""

    queues_cls = DeclaredQueues
    Connection = SafeConnection

    def Queues(self, *args: Any, **kwargs: Any) -> Any:
        """Make the queues, then tell them whose they are and which were declared."""
        queues = super().Queues(*args, **kwargs)
        self.app.declared_queues = frozenset(queues)
        queues.app = self.app
        return queues
