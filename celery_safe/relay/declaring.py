"""Declares what a message's sender would have declared before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from celery.utils.log import get_logger
from kombu.entity import Exchange, Queue

from celery_safe.message import Message
from celery_safe.store import Entry

logger = get_logger(__name__)


class Declarer:
    """Remembers what it has declared by one connection, on a channel of its own.

    Args:
        app: whose queues.
        connection: to declare by.
    """

    def __init__(self, app: Any, connection: Any) -> None:
        self.app = app
        self._connection = connection
        self._channel = connection.channel()
        self._done: set[Any] = set()

    def declare(self, entry: Entry) -> None:
        """Declare the queues of an entry, once."""
        address = (entry.message.exchange, entry.message.routing_key)
        own = entry.details.get("declare") or ()
        if not own and address in self._done:
            return
        for queue in [_queue(q) for q in own] if own else self._queues(entry.message):
            if queue.name not in self._done:
                self._declare(queue)
        self._done.add(address)

    def _declare(self, queue: Any) -> None:
        try:
            queue(self._channel).declare()
        except self._connection.channel_errors as error:
            # It is there, but otherwise: whether it takes the message, the publishing tells.
            logger.warning("Queue %s cannot be declared: %s", queue.name, error)
            self._channel = self._connection.channel()
        self._done.add(queue.name)

    def refusal(self, message: Message) -> str:
        """Why the address of a message leads nowhere, or an empty text if that is not known yet.

        An exchange that is not there would close the channel on which others are on their way.
        """
        exchange = message.exchange
        if not exchange or not message.task:
            return ""
        if hasattr(self._channel, "deadletter_queue"):  # kombu's own routing: Redis, SQL and so on
            found = self._channel._lookup(exchange, message.routing_key)
            lost = self.must_arrive(message) and set(found) <= {self._channel.deadletter_queue}
            return nowhere(exchange, message.routing_key) if lost else ""
        if ("exchange", exchange) not in self._done:
            try:
                self._channel.exchange_declare(exchange, "direct", passive=True)
            except self._connection.channel_errors as error:
                self._channel = self._connection.channel()
                return str(error)
            self._done.add(("exchange", exchange))
        return ""

    def forget(self) -> None:
        """Declare again: somebody has deleted a queue."""
        self._done.clear()

    def _queues(self, message: Message) -> Iterator[Any]:
        queues = self.app.amqp.queues
        if not message.task:
            return  # an event, whose readers declare what they read
        if message.exchange:
            # Of the app's queues those that are bound to it.
            yield from (q for q in dict.values(queues) if q.exchange.name == message.exchange)
            return
        known = dict.get(queues, message.routing_key)
        if known is None and queues.create_missing:
            # The sender has complained of it, if it was to.
            known = queues.new_missing(message.routing_key)
        if known is not None:
            yield known

    def must_arrive(self, message: Message) -> bool:
        """Whether a message that no queue takes is an error: events and broadcasts may find nobody."""
        fanout = (
            q.exchange.name
            for q in dict.values(self.app.amqp.queues)
            if q.exchange.type == "fanout"
        )
        return bool(message.task) and message.exchange not in set(fanout)


def _queue(kept: dict[str, Any]) -> Queue:
    """A queue from what ``as_dict(recurse=True)`` has made of it."""
    options = dict(kept)
    exchange = options.pop("exchange", None)
    options.pop("bindings", None)
    if isinstance(exchange, dict):
        exchange = Exchange(**exchange)
    return Queue(options.pop("name"), exchange, options.pop("routing_key", ""), **options)


def nowhere(exchange: str, routing_key: str) -> str:
    """That no queue takes a message, for people."""
    return f"no queue takes it: exchange {exchange!r}, routing key {routing_key!r}"
