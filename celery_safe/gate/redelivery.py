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


def queue_of(message: Any, consumer: Any) -> str:
    """Name of the queue that delivered ``message``: a copy must not reach the exchange's other queues."""
    info = message.delivery_info
    tag = info.get("consumer_tag")
    if tag is not None:
        for queue, active in consumer.task_consumer._active_tags.items():
            if active == tag:
                return str(queue)
    exchange, key = info.get("exchange") or "", info.get("routing_key")
    for queue in consumer.task_consumer.queues:
        if (queue.exchange.name if queue.exchange else "") == exchange and queue.routing_key == key:
            return str(queue.name)
    # Virtual transports deliver by the anonymous exchange: the routing key is the queue.
    return str(key)


def republish(app: Any, message: Any, queue: str, retries: int, redeliveries: int) -> None:
    """Publish a copy of ``message`` to ``queue``, body byte for byte, with the new count.

    Raises whatever the broker raises; the caller still holds the original then.
    """
    copy = Message.from_delivery(message, queue)
    copy = replace(copy, headers={**copy.headers, HEADER: f"{retries}:{redeliveries}"})
    with app.producer_or_acquire() as producer:
        copy.publish(producer)
