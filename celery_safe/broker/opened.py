"""The files that this process has open, and what a fork does to them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from celery_safe.broker.location import Location
from celery_safe.broker.storage import Storage

_open: dict[Path, Storage] = {}
_opening = threading.RLock()


def storage(location: Location) -> Storage:
    """Return this process's one :class:`Storage` for a file."""
    with _opening:
        found = _open.get(location.path)
        if found is None or found.database.gone:
            found = _open[location.path] = Storage(location)
        return found


def _before_fork() -> None:
    _opening.acquire()
    for one in _open.values():
        one.database.lock.acquire()
        one.database.disconnect()


def _after_in_parent() -> None:
    for one in _open.values():
        one.database.lock.release()
    _opening.release()


def _after_in_child() -> None:
    global _opening  # its owner was a thread of the parent
    for one in _open.values():
        one.database.owners.forget()
    _open.clear()
    _opening = threading.RLock()


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child
)
