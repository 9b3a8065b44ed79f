"""From a delivery to an entry on the shelf."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from celery_safe.gate import redelivery
from celery_safe.message import Message
from celery_safe.store import Kind, New


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
) -> New:
    """An entry whose id is the message's own: a crash between store and ack makes no second one."""
    retries = str(message.headers.get("retries") or 0)
    said = hashlib.sha256("\0".join([kind, message.task_id, message.task, retries]).encode())
    said.update(message.body)
    return New(message, kind, delay, reason, error, dict(details or {}), said.hexdigest()[:40])
