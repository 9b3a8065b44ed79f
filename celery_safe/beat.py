"""What beat sends carries the name of its entry, so that a worker can tell one tick from the next.

Celery 5.7 only says that a message is beat's (``celery_beat_task``), older ones nothing.
Touches ``Service.scheduler`` and ``Scheduler.apply_async`` (``celery/beat.py``), of any scheduler.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from celery import signals

HEADER = "x-celery-safe-schedule"
#: Of what :func:`celery_safe.schedule` has written: the entry's name, what builds its schedule again, and overlap.
WHEN = "x-celery-safe-when"
#: The header of django-celery-beat.
_THEIRS = "periodic_task_name"
#: All headers that say that a message is a tick of beat.
MARKS = (HEADER, _THEIRS, "celery_beat_task")

_sending: ContextVar[str | None] = ContextVar("celery_safe_beat_entry", default=None)


def entry_of(headers: Mapping[str, Any]) -> str | None:
    """The name of the beat entry that a message is of, or None."""
    found = headers.get(HEADER) or headers.get(_THEIRS)
    return None if found is None else str(found)


def mark(options: dict[str, Any]) -> None:
    """Write the entry's name into the headers of what is being sent, if beat sends it."""
    name = _sending.get()
    if name is not None:
        options["headers"] = {**(options.get("headers") or {}), HEADER: name}


def install() -> None:
    """Have every beat that starts in this process say which entry it sends."""
    signals.beat_init.connect(_begun, weak=False, dispatch_uid="celery_safe.beat")


def _begun(sender: Any, **_: Any) -> None:
    scheduler = sender.scheduler
    send = scheduler.apply_async

    @functools.wraps(send)
    def apply_async(entry: Any, *args: Any, **kwargs: Any) -> Any:
        token = _sending.set(str(entry.name))
        try:
            return send(entry, *args, **kwargs)
        finally:
            _sending.reset(token)

    scheduler.apply_async = apply_async
