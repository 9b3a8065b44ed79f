"""From a delivery to an entry on the shelf."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from celery_safe.gate import redelivery
from celery_safe.message import Message
from celery_safe.store import Kind, New

#: How often a message has been on the shelf and was released.
RELEASED = "x-celery-safe-released"


def message_of(delivered: Any, consumer: Any) -> Message:
    """The message behind a delivery, addressed to the queue that it came from."""
    exchange, routing_key = redelivery.destination(delivered, consumer)
    return replace(Message.from_delivery(delivered, ""), exchange=exchange, routing_key=routing_key)


def entry(
    message: Message,
    kind: Kind,
    reason: str,
    *,
    delay: float | None = None,
    error: str = "",
    details: Mapping[str, Any] | None = None,
    once: str | None = None,
) -> New:
    """An entry whose id is the message's own: a crash between store and ack makes no second one.

    A message that was released and comes back has an id of its own. Its first entry may still be
    there, published and not yet deleted, and would take the second one with it.
    """
    headers = message.headers
    released = str(headers.get(RELEASED) or 0)
    if once is None:
        retries = str(headers.get("retries") or 0)
        said = hashlib.sha256(
            "\0".join([kind, message.task_id, message.task, retries, released]).encode()
        )
        said.update(message.body)
    else:
        said = hashlib.sha256("\0".join([kind, once, released]).encode())
    return New(message, kind, delay, reason, error, dict(details or {}), said.hexdigest()[:40])


def released(message: Message) -> Message:
    """As it goes back to the broker: with the count of its releases."""
    count = str(message.headers.get(RELEASED) or 0)
    number = int(count) + 1 if count.isdigit() else 1
    return replace(message, headers={**message.headers, RELEASED: number})
