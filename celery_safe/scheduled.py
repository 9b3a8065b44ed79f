"""What waits in the store for its time: finding it, and moving it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from celery_safe import history
from celery_safe.errors import Misfit
from celery_safe.store import Entry, Filter, Kind, MessageStore, New, fits

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery

KIND: Kind = "eta"
_PAGE = 500


def upcoming(store: MessageStore, where: Filter) -> Iterator[Entry]:
    """What waits for its time and fits, the soonest first."""
    where, offset = replace(where, kinds=[KIND]), 0
    while page := store.upcoming(KIND, _PAGE, offset):
        yield from (entry for entry in page if fits(entry, where))
        offset += len(page)


def reschedule(app: SafeCelery, entry: Entry, due_at: float, by: str | None = None) -> bool:
    """Let a task wait until another time; False if it is being published, or gone already.

    Args:
        app: whose task it is.
        entry: of the kind ``eta``.
        due_at: seconds since 1970 by the store's clock; what has passed is now.
        by: who asks for it, for the history.

    Raises:
        Misfit: the entry does not wait for a time, or the task expires before it.
    """
    if entry.kind != KIND:
        raise Misfit(
            f"it is {entry.kind} and waits for no time; `celery-safe messages replay` sends it now"
        )
    moment = datetime.fromtimestamp(due_at, timezone.utc)
    expires = entry.message.expires_at
    if expires is not None and expires <= moment:
        raise Misfit(
            f"it expires at {expires.isoformat(timespec='seconds')}, before "
            f"{moment.isoformat(timespec='seconds')}, and would be dropped then"
        )
    headers = dict(entry.message.headers)
    if headers.get("eta"):  # else the worker would wait for the time before
        headers["eta"] = moment.isoformat()
    reason = f"due at {moment.isoformat(timespec='seconds')}"
    delay = max(due_at - app.store.now(), 0.0)
    moved = New(
        replace(entry.message, headers=headers), KIND, delay, reason, entry.error, entry.details,
        entry.id,
    )  # fmt: skip
    if not app.store.replace(entry.id, moved):
        return False
    records, task_id = app.store.records, entry.message.task_id
    history.note(records, task_id, "rescheduled", by=by or history.me(), reason=reason)
    return True
