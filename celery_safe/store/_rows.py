"""Between an entry and a row of the messages' table."""

from __future__ import annotations

from typing import Any

from kombu.utils.json import dumps

from celery_safe.message import Message, read_json
from celery_safe.store import Entry, New


def fit(text: str) -> str:
    """``text`` without what a database refuses: a traceback may hold NUL and lone surrogates."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def row_of(new: New, now: float) -> dict[str, Any]:
    """The columns of a new entry."""
    message = new.message
    return {
        "id": new.id, "kind": new.kind, "created_at": now,
        "due_at": None if new.delay is None else now + new.delay,
        # To search by; the message keeps its own in full.
        "task_id": fit(message.task_id)[:255], "task": fit(message.task)[:512],
        "exchange": message.exchange, "routing_key": message.routing_key,
        "reason": fit(new.reason), "error": fit(new.error), "details": dumps(dict(new.details)),
        "meta": message.meta(), "body": message.body, "size": len(message.body), "attempts": 0,
    }  # fmt: skip


def entry_of(row: Any, owner: str | None, lease_until: float | None) -> Entry:
    """The entry of a row."""
    return Entry(
        row.id, row.kind,
        Message.from_parts(row.body, row.meta, row.exchange, row.routing_key),
        row.reason, row.error, read_json(row.details), row.created_at, row.due_at, row.attempts,
        owner, lease_until,
    )  # fmt: skip
