"""The bound on redelivery: how often the broker may hand out one message again.

Without it a task that kills its worker runs for ever under late acknowledgement: Redis and
RabbitMQ classic count nothing, and a quorum queue's limit drops the message without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from celery_safe.message import Message

#: Our count travels in this header as "<retries>:<redeliveries>".
#: Celery copies headers into the message of a retry; a retry is progress, so its count starts anew.
HEADER = "x-celery-safe-redeliveries"


def count(headers: Mapping[str, Any], retries: int) -> int:
    """How often this try of the task was redelivered before; 0 when the header says nothing usable."""
    of_try, _, n = str(headers.get(HEADER) or "").partition(":")
    if of_try == str(retries) and n.isdigit():
        return int(n)
    return 0


def destination(message: Any, consumer: Any) -> tuple[str, str]:
    """Exchange and routing key that bring a copy to the queue that delivered ``message``.

    Its own exchange may reach other queues too, so the anonymous one with the queue's name is
    used wherever that name can be known. Touches ``Consumer._active_tags`` (``kombu/messaging.py``)
    and ``virtual.Channel._lookup`` (``kombu/transport/virtual/base.py``).
    """
    info = message.delivery_info
    tag = info.get("consumer_tag")
    for queue, active in consumer.task_consumer._active_tags.items():
        if tag is not None and active == tag:
            return "", str(queue)
    exchange, key = str(info.get("exchange") or ""), str(info.get("routing_key") or "")
    if not exchange:
        return "", key
    consumed = {
        queue.name: (queue.exchange.name if queue.exchange else "", queue.routing_key)
        for queue in consumer.task_consumer.queues
    }
    found = [name for name, binding in consumed.items() if binding == (exchange, key)]
    lookup = getattr(message.channel, "_lookup", None)
    if not found and lookup is not None:
        # A virtual transport does not say which queue: the key of a topic is not its binding.
        found = sorted(consumed.keys() & set(lookup(exchange, key)))
    # Neither: no longer consumed. By its own exchange it may run twice, and cannot be lost.
    return ("", str(found[0])) if found else (exchange, key)


def republish(app: Any, message: Any, to: tuple[str, str], retries: int, redeliveries: int) -> None:
    """Publish a copy of ``message`` to ``to``, body byte for byte, with the new count.

    Raises whatever the broker raises; the caller still holds the original then.
    """
    copy = Message.from_delivery(message, "")
    copy = replace(
        copy,
        headers={**copy.headers, HEADER: f"{retries}:{redeliveries}"},
        exchange=to[0],
        routing_key=to[1],
    )
    with app.producer_or_acquire() as producer:
        # Once more at once: the broker closes publishers' connections that are idle for minutes.
        copy.publish(
            producer,
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0},
            confirm_timeout=app.conf.get("safe_confirm_timeout"),
        )
