"""From a captured message to an entry of the store."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from celery_safe.outbox import targets
from celery_safe.outbox.capture import Capture, Captured
from celery_safe.outbox.result import wait_for_commit
from celery_safe.store import New

_count = itertools.count()


def send(
    app: Any, target: targets.Target, call: Callable[..., Any], options: Mapping[str, Any]
) -> Any:
    """Send by ``call(**options)`` into the transaction of ``target``; returns what it returns."""
    capture = Capture()
    result = call(**{**options, "producer": capture})
    entries = [entry(app, one) for one in capture.found]
    target.add(app, entries)
    wait_for_commit([e.message.task_id for e in entries if e.message.task], repr(target))
    return result


def entry(app: Any, captured: Captured) -> New:
    """What the store keeps: the message and, if the relay could not know them, its queues."""
    message = captured.message
    declared = [queue for queue in captured.declare if not _is_known(app, queue)]
    details = {"declare": [queue.as_dict(recurse=True) for queue in declared]} if declared else {}
    return New(message, "outbox", 0.0, details=details, id=_next_id())


def _next_id() -> str:
    """An id that sorts by the order of sending: rows of one moment go out in that order."""
    return f"{time.time_ns():016x}{next(_count) & 0xFFFFFF:06x}{secrets.token_hex(5)}"


def _is_known(app: Any, queue: Any) -> bool:
    name = queue if isinstance(queue, str) else queue.name
    return isinstance(queue, str) or dict.get(app.amqp.queues, name) is queue
