"""The consumer of a safe worker: survives a Redis restart and hands every message to the gate.

Touches private parts of Celery's consumer: ``update_strategies``, ``register_with_event_loop`` and
``on_connection_error_after_connected`` (``celery/worker/consumer/consumer.py``); and of kombu's
Redis transport before 5.7: ``MultiChannelPoller._channels``, ``QoS.restore_visible``.
"""

from __future__ import annotations

from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.state import active_requests
from kombu.utils.imports import symbol_by_name

from celery_safe.gate import accepted, unread
from celery_safe.gate.request import GatedRequest


class GatedConsumer:
    """The part to mix into a consumer class of your own: ``class Mine(GatedConsumer, Consumer)``."""

    #: With a store; set by the bootstep.
    gate: Any = None

    def on_unknown_task(self: Any, body: Any, message: Any, exc: Exception) -> None:
        """Park a task that no code here knows, for a worker that does."""
        if not unread.park(self, message, f"no worker knows this task: {exc}"):
            super().on_unknown_task(body, message, exc)  # type: ignore[misc]

    def on_unknown_message(self: Any, body: Any, message: Any) -> None:
        """Keep what is no task as a dead letter."""
        if not unread.bury(self, message, "this is no task: its headers name none"):
            super().on_unknown_message(body, message)  # type: ignore[misc]

    def on_invalid_task(self: Any, body: Any, message: Any, exc: Exception) -> None:
        """Keep a task that is not well formed, or of a content that is not accepted."""
        if not unread.bury(self, message, f"invalid: {exc}"):
            super().on_invalid_task(body, message, exc)  # type: ignore[misc]

    def on_decode_error(self: Any, message: Any, exc: Exception) -> None:
        """Keep a body that cannot be read."""
        if not unread.bury(self, message, f"cannot be read: {exc}"):
            super().on_decode_error(message, exc)  # type: ignore[misc]

    def update_strategies(self: Any) -> None:
        """Give every task, of whatever base class, a request class that asks the gate."""
        for task in self.app.tasks.values():
            base = _request_class(task)
            if issubclass(base, GatedRequest):
                base.consumer = self
            else:
                task.Request = type(base.__name__, (GatedRequest, base), {"consumer": self})
        super().update_strategies()  # type: ignore[misc]

    def register_with_event_loop(self: Any, hub: Any) -> None:
        """Look for messages of dead Redis consumers every second, as kombu 5.7 can by itself.

        Older ones look every 100 s, whatever the policy table says.
        """
        super().register_with_event_loop(hub)  # type: ignore[misc]
        accepted.before_reset(hub, self.pool)
        before = getattr(self, "_restore_timer", None)
        if before is not None:
            before.cancel()
            self._restore_timer = None
        connection = self.connection
        if connection is None or connection.transport.driver_type != "redis":
            return
        if not hasattr(connection.transport.Channel, "unacked_restore_interval"):
            self._restore_timer = hub.call_repeatedly(1, _restore_visible, connection.transport)

    def on_connection_error_after_connected(self: Any, exc: Exception) -> None:
        """Reconnect; on Redis without the second close that Celery 5.7.0 added.

        That close restores unacked messages through a connection which ``collect()`` has already
        taken apart: AttributeError, and the worker exits (seen on 5.7.0 with a message unacked).
        ``collect()`` itself closes the sockets, as 5.6 relied on.
        """
        connection = self.connection
        if connection is not None and connection.transport.driver_type == "redis":
            connection.close = _already_collected
            channel: Any = getattr(getattr(self, "task_consumer", None), "channel", None)
            if hasattr(channel, "abandon"):
                # What has not begun is dropped now, and would wait for as long as its siblings run.
                channel.abandon({r._message.delivery_tag for r in active_requests})
        super().on_connection_error_after_connected(exc)  # type: ignore[misc]


def _request_class(task: Any) -> Any:
    """The class that ``task.Request`` names, which may be a class or a dotted name."""
    return symbol_by_name(task.Request)


def _restore_visible(transport: Any) -> None:
    """What kombu's own timer does (``MultiChannelPoller.maybe_restore_messages``), each time."""
    for channel in transport.cycle._channels:
        if channel.active_queues:
            channel.qos.restore_visible(num=channel.unacked_restore_limit, interval=1)
            return


def _already_collected() -> None:
    """Stand in for ``Connection.close`` on a connection that ``collect()`` has closed."""


class SafeConsumer(GatedConsumer, Consumer):
    """The consumer that the policy table's row ``worker_consumer`` names."""
