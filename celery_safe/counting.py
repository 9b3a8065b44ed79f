"""What a worker's main process counts; ``celery_safe/metrics.py`` shows it. Needs no library.

Names follow celery-exporter where it has the same.
"""

from __future__ import annotations

import threading
from collections import Counter

#: Name of the counter -> what it counts, its labels.
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "celery_task_failed": (
        "Tasks that failed for good.",
        ("name", "queue_name", "exception"),
    ),
    "celery_task_revoked": (
        "Tasks that expired, or that the kill switch dropped.",
        ("name", "queue_name", "reason"),
    ),
    "celery_safe_shelved": (
        "Messages put on the shelf: held, unknown, dead.",
        ("kind", "name", "queue_name"),
    ),
    "celery_safe_released": (
        "Messages given back to the broker by this worker.",
        ("kind", "name", "queue_name"),
    ),
    "celery_safe_replayed": (
        "Tasks received that are replays of dead letters.",
        ("name", "queue_name"),
    ),
    "celery_safe_duplicates": (
        "Messages dropped, for their task had ended (safe_dedupe_window).",
        ("name", "queue_name"),
    ),
    "celery_safe_worker_losses": (
        "Deaths of a worker or of its pool process under a task.",
        ("name",),
    ),
    "celery_safe_convicted": (
        "Tasks given up, for their worker died under them too often.",
        ("name", "queue_name"),
    ),
}  # fmt: skip


class Counts:
    """Counters of one process."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._lock = threading.Lock()

    def add(self, counter: str, **labels: str) -> None:
        """Count one.

        Raises:
            KeyError: no such counter, or a label is missing.
        """
        values = tuple(str(labels[label]) for label in COUNTERS[counter][1])
        with self._lock:
            self._found[counter, values] += 1

    def all(self) -> dict[tuple[str, tuple[str, ...]], int]:
        """Name and labels' values -> how often."""
        with self._lock:
            return dict(self._found)
