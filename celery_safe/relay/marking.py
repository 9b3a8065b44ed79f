"""The mark by which a worker knows two messages of one entry: those of a relay that was killed."""

from __future__ import annotations

from dataclasses import replace

from celery_safe.store import Entry

#: The id of the entry. What has one keeps it: from hold to hold it is the same message.
HEADER = "x-celery-safe-relayed"


def marked(entry: Entry) -> Entry:
    """The entry with its mark; an event, which no gate sees, as it is."""
    message = entry.message
    if not message.task or HEADER in message.headers:
        return entry
    headers = {**message.headers, HEADER: entry.id}
    return replace(entry, message=replace(message, headers=headers))
