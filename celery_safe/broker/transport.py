"""The kombu side of the embedded broker."""
# The signatures are kombu's, whether or not an argument matters here.
# ruff: noqa: ARG002

# kombu's base classes are typed by their stand-in values (None, 'N/A'), which every transport overrides.
# pyright: reportIncompatibleMethodOverride=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
from __future__ import annotations

import difflib
import json
import logging
import sqlite3
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kombu.transport import virtual
from kombu.transport.base import to_rabbitmq_queue_arguments

from celery_safe.broker.database import Binding, Database, database
from celery_safe.errors import BrokerError

logger = logging.getLogger(__name__)

#: Seconds between two looks at the file while there is nothing to do.
IDLE = 0.03


def parse(url: str) -> tuple[Path, str]:
    """Return the file and the value of ``synchronous`` of ``sqlite+safe:///file?options``."""
    parts = urlsplit(url)
    path = unquote(parts.path)[1:]
    if not path or parts.netloc:
        raise BrokerError(
            f"{url!r} names no file: write sqlite+safe:///shop.db or sqlite+safe:////var/lib/shop.db"
        )
    synchronous = "full"
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name != "synchronous":
            near = difflib.get_close_matches(name, ["synchronous"])
            hint = f"did you mean {near[0]!r}?" if near else "the only option is 'synchronous'"
            raise BrokerError(f"unknown option {name!r} in the broker URL: {hint}")
        if value not in ("normal", "full"):
            raise BrokerError(f"broker URL: synchronous is 'normal' or 'full', not {value!r}")
        synchronous = value
    return Path(path).absolute(), synchronous


class QoS(virtual.QoS):
    """Unacknowledged messages of one channel, each also owned in the database."""

    def ack(self, delivery_tag: str) -> None:
        """Delete the message, then forget it."""
        self.channel.database.ack(*_delivery(delivery_tag))
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give the message back, or delete it."""
        if requeue:
            self.channel.database.release(*_delivery(delivery_tag))
            self._quick_ack(delivery_tag)
        else:
            self.ack(delivery_tag)


def _delivery(tag: str) -> tuple[int, int]:
    message, deliveries = tag.split(".")
    return int(message), int(deliveries)


class Channel(virtual.Channel):
    """A channel whose queues, bindings and messages are rows of the file."""

    QoS = QoS
    supports_fanout = True
    #: Where messages go that no queue is bound for; ``broker_transport_options`` may name another.
    deadletter_queue = "ae.undeliver"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._no_ack: set[str] = set()
        _ = self.database  # a file that cannot be used fails here, not at the first message

    @property
    def database(self) -> Database:
        """The file, as opened by the process that asks (another one after a fork)."""
        return database(*self._location)

    @property
    def _location(self) -> tuple[Path, str]:
        if not hasattr(self, "_parsed"):
            self._parsed = parse(self.connection.client.hostname or "")
        return self._parsed

    def drain_events(self, timeout: float | None = None, callback: Any = None) -> Any:
        """Return what dead processes held, then deliver one message."""
        self.database.reap()
        return super().drain_events(timeout=timeout, callback=callback)

    def basic_consume(self, queue: str, no_ack: bool, *args: Any, **kwargs: Any) -> Any:
        """Consume; without acks a message is deleted when it is taken."""
        (self._no_ack.add if no_ack else self._no_ack.discard)(queue)
        return super().basic_consume(queue, no_ack, *args, **kwargs)

    def basic_get(self, queue: str, no_ack: bool = False, **kwargs: Any) -> Any:
        """Return one message, or None."""
        self.database.reap()
        try:
            message = self.Message(self._take(queue, no_ack), channel=self)
        except Empty:
            return None
        if not no_ack:
            self.qos.append(message, message.delivery_tag)
        return message

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        return self._take(queue, queue in self._no_ack)

    def _take(self, queue: str, no_ack: bool) -> dict[str, Any]:
        claimed = self.database.claim(queue, delete=no_ack)
        if claimed is None:
            raise Empty
        payload: dict[str, Any] = json.loads(claimed.body)
        properties = payload["properties"]
        properties["delivery_tag"] = f"{claimed.id}.{claimed.deliveries}"
        if claimed.deliveries > 1:
            properties["delivery_info"]["redelivered"] = True
        return payload

    def _restore(self, message: Any) -> None:
        self.database.release(*_delivery(message.delivery_tag))

    _restore_at_beginning = _restore

    def basic_publish(self, message: Any, exchange: str, routing_key: str, **kwargs: Any) -> None:
        """Store the message in every queue that it is routed to, in one transaction."""
        self._inplace_augment_message(message, exchange, routing_key)
        queues = self._route(exchange, routing_key) if exchange else [routing_key]
        expiration = message["properties"].get("expiration")
        ttl = None if expiration is None else int(expiration) / 1000
        self.database.put(queues, json.dumps(message), self._get_message_priority(message), ttl)

    def _route(self, exchange: str, routing_key: str) -> list[str]:
        rows = self.database.bindings(exchange)
        kind = rows[0].type if rows else str(self.state.exchanges.get(exchange, {}).get("type"))
        if kind == "fanout":
            return sorted({row.queue for row in rows})
        table = [(row.routing_key, row.pattern, row.queue) for row in rows]
        lookup = self.exchange_types[kind if rows else "direct"].lookup
        queues = sorted(set(lookup(table, exchange, routing_key, None)))
        if queues:
            return queues
        # As kombu's own virtual transports do: kept where a person can find it, not dropped.
        logger.warning(
            "no queue is bound to exchange %r with routing key %r: the message went to queue %r",
            exchange, routing_key, self.deadletter_queue,
        )  # fmt: skip
        self.database.declare(self.deadletter_queue, private=False)
        return [self.deadletter_queue]

    def queue_bind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        """Bind for all processes that use the file."""
        exchange = exchange or "amq.direct"
        kind = self.typeof(exchange)
        key, pattern, _ = kind.prepare_bind(queue, exchange, routing_key, arguments)
        pattern = getattr(pattern, "pattern", pattern)
        self.database.bind(exchange, Binding(kind.type, key or "", pattern, queue))

    def queue_unbind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        """Remove a binding for all processes."""
        self.database.unbind(exchange or "amq.direct", routing_key, queue)

    def queue_delete(
        self, queue: str, if_unused: bool = False, if_empty: bool = False, **kwargs: Any
    ) -> None:
        """Delete a queue with its messages and bindings."""
        if not (if_empty and self._size(queue)):
            self.database.drop(queue)

    def get_table(self, exchange: str) -> list[tuple[str, str | None, str]]:
        """Return the shared routing table."""
        return [
            (row.routing_key, row.pattern, row.queue) for row in self.database.bindings(exchange)
        ]

    def prepare_queue_arguments(self, arguments: Any, **kwargs: Any) -> Any:
        """Know ``message_ttl`` and the like of a queue as on RabbitMQ."""
        return to_rabbitmq_queue_arguments(arguments, **kwargs)

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        # A durable queue with auto_delete holds work: it outlives the process that declared it.
        private = kwargs.get("exclusive") or (
            kwargs.get("auto_delete") and not kwargs.get("durable")
        )
        ttl = (kwargs.get("arguments") or {}).get("x-message-ttl")
        self.database.declare(
            queue, private=bool(private), message_ttl=None if ttl is None else ttl / 1000
        )

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self.database.has(queue)

    def _size(self, queue: str) -> int:
        return self.database.size(queue)

    def _purge(self, queue: str) -> int:
        return self.database.purge(queue)


class Transport(virtual.Transport):
    """``sqlite+safe://``."""

    Channel = Channel
    can_parse_url = False
    polling_interval = IDLE
    driver_type = "sqlite"
    driver_name = "sqlite3"
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct", "topic", "fanout"])
    )
    _leave_loop: Any = None

    def driver_version(self) -> str:
        """Return the version of the SQLite library."""
        return sqlite3.sqlite_version

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Look for messages on each turn of the loop, and wake it while it is idle."""

        def drain() -> None:
            try:
                while True:
                    self.cycle.get(self._deliver, timeout=0)
            except Empty:
                return

        timer = loop.call_repeatedly(IDLE, lambda: None)
        loop.on_tick.add(drain)

        def leave() -> None:
            loop.on_tick.discard(drain)
            timer.cancel()

        self._leave_loop = leave

    def close_connection(self, connection: Any) -> None:
        """Leave the event loop, then close the channels."""
        if self._leave_loop is not None:
            self._leave_loop()
            self._leave_loop = None
        super().close_connection(connection)
