"""Lets Celery build a message as always, and keeps it instead of publishing it.

So every option of a call survives, and whoever publishes the message needs no code of the task.

Touches private parts: ``Producer._publish`` (``kombu/messaging.py``), which gets what goes over the
wire, and ``Connection._reraise_as_library_errors``, inside which ``Celery.send_task`` asks
``app.backend.on_task_call`` (``celery/app/base.py``); tests/unit/outbox/test_wire.py fails when
they move.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kombu.entity import Exchange, Queue
from kombu.messaging import Producer

from celery_safe.message import Message

_capturing: ContextVar[Capture | None] = ContextVar("celery_safe_capturing", default=None)


@dataclass(frozen=True)
class Captured:
    """A message and the queues that its sender would declare before it is published."""

    message: Message
    declare: list[Any] = field(default_factory=list)


class _Offline:
    """Stands for a connection; what Celery does inside of it must not wait for a server."""

    #: Of no transport: nothing is to be reconnected.
    recoverable_connection_errors: tuple[type[BaseException], ...] = ()

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    @contextmanager
    def _reraise_as_library_errors(self) -> Iterator[None]:
        token = _capturing.set(self._capture)
        try:
            yield
        finally:
            _capturing.reset(token)


class Capture(Producer):  # type: ignore[misc, unused-ignore]
    """A producer that keeps what it is given.

    Args:
        eta: written into the header of the task in the place of what Celery made, for a message
            that somebody else delays.
    """

    def __init__(self, eta: datetime | None = None) -> None:
        super().__init__(None, auto_declare=False)
        self.found: list[Captured] = []
        self.eta = eta

    @property
    def connection(self) -> Any:
        """No connection at all."""
        return _Offline(self)

    def publish(self, body: Any, *args: Any, **options: Any) -> None:
        """Serialise and compress as kombu does, and keep it."""
        super().publish(body, *args, **{**options, "retry": False})

    def _publish(
        self, body: Any, priority: Any, content_type: Any, content_encoding: Any, headers: Any,
        properties: Any, routing_key: Any, _mandatory: Any, _immediate: Any, exchange: Any,
        declare: Any, *_: Any, **__: Any,
    ) -> None:  # fmt: skip
        kept = {k: v for k, v in properties.items() if v is not None}
        if isinstance(kept.get("reply_to"), Queue):
            kept["reply_to"] = kept["reply_to"].name
        if priority is not None:
            kept["priority"] = priority
        headers = dict(headers)
        if self.eta is not None and "task" in headers:
            headers["eta"] = self.eta.isoformat()
        message = Message(
            body if isinstance(body, bytes) else body.encode(content_encoding or "utf-8"),
            content_type, content_encoding, dict(headers), kept,
            exchange.name if isinstance(exchange, Exchange) else exchange or "", routing_key or "",
        )  # fmt: skip
        self.found.append(Captured(message, list(declare or ())))


def current() -> Capture | None:
    """What captures at this moment, between the building of a message and its sending."""
    return _capturing.get()


class QuietBackend:
    """A result backend that is not told of a call: it would wait for its server.

    A result subscribes when it is waited for.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)
