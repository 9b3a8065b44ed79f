"""What happened to a task beside its runs: released, replayed, discarded, dropped, expired, duplicate.

What is on the shelf tells its own story; a line is written when it leaves, or never comes there.
"""

from __future__ import annotations

import getpass
import os
import socket
import time
import uuid
from typing import Any

from celery_safe.store._records import Record, Records

TOPIC = "history"
#: Seconds for which a line is kept.
KEPT = 14 * 86400.0


def me() -> str:
    """Who acts, for the audit: user and host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def note(records: Records, task_id: str, what: str, **more: Any) -> None:
    """Write one line down.

    Args:
        records: the store's.
        task_id: whose; a message without an id has no history.
        what: one word: ``released``, ``replayed``, ``replay``, ``discarded``, ``dropped``, ``expired``, ``duplicate``,
            ``rescheduled``.
        more: what JSON can carry: ``reason``, ``by``, ``as_id``, ``of_id``, ``kind``, ``since``.
    """
    if task_id:
        key = f"{task_id}|{time.time():017.6f}|{uuid.uuid4().hex[:6]}"
        records.write(TOPIC, key, {"what": what, **more}, KEPT)


def lines(records: Records, task_id: str) -> list[Record]:
    """All that is known of a task, the oldest first."""
    return records.read(TOPIC, f"{task_id}|")
