"""The channels of the embedded broker: what AMQP's words mean for the file."""
# The signatures are kombu's, whether or not an argument matters here.
# ruff: noqa: ARG002

# kombu's base classes are typed by their stand-in values (None, 'N/A'), which every transport overrides.
# pyright: reportIncompatibleMethodOverride=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
from __future__ import annotations

import json
import logging
from queue import Empty
from typing import Any

from kombu.transport import virtual
from kombu.transport.base import to_rabbitmq_queue_arguments

from celery_safe.broker import location
from celery_safe.broker.opened import storage
from celery_safe.broker.storage import Binding, Delivery, Storage
from celery_safe.errors import BrokerError

logger = logging.getLogger(__name__)

#: AMQP's ``delivery_mode`` of messages that may be lost: events, replies to ``inspect``.
TRANSIENT = 1
#: Queue arguments that change what happens to messages on RabbitMQ and do nothing here.
NOT_HERE = frozenset([
    "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-delivery-limit", "x-max-length",
    "x-max-length-bytes", "x-overflow", "x-single-active-consumer",
])  # fmt: skip


def _milliseconds(value: Any, what: str) -> float | None:
    """Seconds of a time that AMQP carries as milliseconds, a number or a string."""
    if value is None:
        return None
    try:
        return max(float(value), 0) / 1000
    except (TypeError, ValueError):
        raise BrokerError(
            f"sqlite+safe: {what} is a number of milliseconds, not {value!r}"
        ) from None


class QoS(virtual.QoS):
    """Unacknowledged messages of one channel, each also owned in the file."""

    def ack(self, delivery_tag: str) -> None:
        """Delete the message, then forget it."""
        if not self.channel.storage.ack(Delivery.of(delivery_tag)):
            logger.warning(
                "acknowledged too late: the delivery %s was given back, or its queue deleted, before", delivery_tag
            )  # fmt: skip
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give the message back, or delete it."""
        if requeue:
            self.channel.storage.release(Delivery.of(delivery_tag))
            self._quick_ack(delivery_tag)
        else:
            self.ack(delivery_tag)


class Channel(virtual.Channel):
    """A channel whose queues, bindings and messages are rows of the file."""

    QoS = QoS
    supports_fanout = True
    #: Where messages go that no queue is bound for; ``broker_transport_options`` may name another.
    deadletter_queue = "ae.undeliver"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._no_ack: set[str] = set()
        #: Consumer tag -> its row in the file.
        self._noted: dict[str, str] = {}
        client = self.connection.client
        url = str(client.hostname or "")
        if not url.startswith("safe://"):  # as Connection.switch() and sqlite:// leave it
            if client.transport_cls != "sqlite+safe":
                raise BrokerError(
                    f"the scheme of the embedded broker is sqlite+safe: {location.HOW}"
                )
            url = f"safe://{url}/{client.virtual_host or ''}"
        self._location = location.parse(f"sqlite+{url}", client.transport_options)
        _ = self.storage  # a file that cannot be used fails here, not at the first message

    @property
    def storage(self) -> Storage:
        """The file, as opened by the process that asks (another one after a fork)."""
        return storage(self._location)

    def drain_events(self, timeout: float | None = None, callback: Any = None) -> Any:
        """Return what dead processes held, then deliver one message."""
        self.storage.reap()
        return super().drain_events(timeout=timeout, callback=callback)

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Any, consumer_tag: str, **kwargs: Any
    ) -> Any:
        """Consume; without acks a message is deleted when it is taken."""
        (self._no_ack.add if no_ack else self._no_ack.discard)(queue)
        self._noted[consumer_tag] = self.storage.add_consumer(queue)
        return super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)

    def basic_cancel(self, consumer_tag: str) -> None:
        """Stop consuming; a queue that was only for its consumers goes with the last one."""
        super().basic_cancel(consumer_tag)
        noted = self._noted.pop(consumer_tag, None)
        if noted is not None:
            self.storage.remove_consumer(noted)

    def basic_get(self, queue: str, no_ack: bool = False, **kwargs: Any) -> Any:
        """Return one message, or None."""
        self.storage.reap()
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
        claimed = self.storage.claim(queue, delete=no_ack)
        if claimed is None:
            raise Empty
        delivery, body = claimed
        payload: dict[str, Any] = json.loads(body)
        properties = payload["properties"]
        properties["delivery_tag"] = delivery.tag
        if delivery.number > 1:
            properties["delivery_info"]["redelivered"] = True
        return payload

    def _restore(self, message: Any) -> None:
        self.storage.release(Delivery.of(message.delivery_tag))

    _restore_at_beginning = _restore

    def basic_publish(
        self,
        message: Any,
        exchange: str,
        routing_key: str,
        mandatory: bool = False,
        **kwargs: Any,
    ) -> None:
        """Store the message in every queue that it is routed to, in one transaction.

        Raises:
            BrokerError: if it is mandatory and no queue is bound.
        """
        self._inplace_augment_message(message, exchange, routing_key)
        properties = message["properties"]
        queues = self._route(exchange, routing_key) if exchange else [routing_key]
        if not queues:
            if mandatory:
                raise BrokerError(
                    f"sqlite+safe: no queue is bound to exchange {exchange!r} with routing key "
                    f"{routing_key!r}, and the message is mandatory: declare the queue first"
                )
            queues = self._undeliverable(exchange, routing_key, properties)
        ttl = _milliseconds(properties.get("expiration"), "expiration")
        self.storage.put(queues, json.dumps(message), self._get_message_priority(message), ttl)

    def _route(self, exchange: str, routing_key: str) -> list[str]:
        rows = self.storage.bindings(exchange)
        if not rows:
            return []
        if rows[0].type == "fanout":
            return sorted({row.queue for row in rows})
        table = [(row.routing_key, row.pattern, row.queue) for row in rows]
        lookup = self.exchange_types[rows[0].type].lookup
        return sorted(set(lookup(table, exchange, routing_key, None)))

    def _undeliverable(self, exchange: str, routing_key: str, properties: Any) -> list[str]:
        """Where a message goes that no queue is bound for: kept where a person can find it.

        But a broadcast that nobody listens to has arrived everywhere, and a transient message
        may be lost by its sender's word.
        """
        kind = self.state.exchanges.get(exchange, {}).get("type")
        if kind == "fanout" or properties.get("delivery_mode") == TRANSIENT:
            return []
        logger.warning(
            "no queue is bound to exchange %r with routing key %r: the message went to queue %r",
            exchange, routing_key, self.deadletter_queue,
        )  # fmt: skip
        self.storage.declare(self.deadletter_queue)
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
        self.storage.bind(exchange, Binding(kind.type, key or "", pattern, queue))

    def queue_unbind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        """Remove a binding for all processes."""
        self.storage.unbind(exchange or "amq.direct", routing_key, queue)

    def queue_delete(
        self, queue: str, if_unused: bool = False, if_empty: bool = False, **kwargs: Any
    ) -> None:
        """Delete a queue with its messages and bindings."""
        self.storage.drop(queue, if_unused=if_unused, if_empty=if_empty)

    def exchange_delete(self, exchange: str, if_unused: bool = False, nowait: bool = False) -> None:
        """Delete an exchange with its bindings; its queues stay."""
        if not (if_unused and self.storage.bindings(exchange)):
            self.storage.unbind_all(exchange)
            self.state.exchanges.pop(exchange, None)

    def get_table(self, exchange: str) -> list[tuple[str, str | None, str]]:
        """Return the shared routing table."""
        return [
            (row.routing_key, row.pattern, row.queue) for row in self.storage.bindings(exchange)
        ]

    def prepare_queue_arguments(self, arguments: Any, **kwargs: Any) -> Any:
        """Know ``message_ttl`` and the like of a queue as on RabbitMQ."""
        return to_rabbitmq_queue_arguments(arguments, **kwargs)

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        arguments = kwargs.get("arguments") or {}
        ignored = sorted(NOT_HERE.intersection(arguments))
        if ignored:
            logger.warning("queue %r: sqlite+safe does not know %s", queue, ", ".join(ignored))
        auto_delete, durable = bool(kwargs.get("auto_delete")), bool(kwargs.get("durable"))
        self.storage.declare(
            queue,
            private=bool(kwargs.get("exclusive")) or (auto_delete and not durable),
            auto_delete=auto_delete,
            message_ttl=_milliseconds(
                arguments.get("x-message-ttl"), f"x-message-ttl of {queue!r}"
            ),
            expires=_milliseconds(arguments.get("x-expires"), f"x-expires of {queue!r}"),
        )

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self.storage.has(queue)

    def _size(self, queue: str) -> int:
        return self.storage.size(queue)

    def _purge(self, queue: str) -> int:
        return self.storage.purge(queue)
