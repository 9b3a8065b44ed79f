"""Cost of ``.delay()`` on SafeCelery beside plain Celery, on the memory broker, in one run.

Usage: python bench/publish.py
"""

from __future__ import annotations

import statistics
import time
import warnings
from typing import Any

from celery import Celery

from celery_safe import SafeCelery

COUNT, ROUNDS = 1000, 7


def task_of(app: Celery) -> Any:
    """A small task of ``app``."""

    @app.task(name="bench.charge", shared=False)
    def charge(order: int, note: str = "") -> None:
        """Charge an order."""

    return charge


def main() -> None:
    """Interleave the rounds, print the medians and their ratios."""
    warnings.simplefilter("ignore")
    tasks = {
        "Celery": task_of(Celery("plain", broker="memory://", set_as_current=False)),
        "SafeCelery": task_of(SafeCelery("safe", broker="memory://", set_as_current=False)),
        "SafeCelery, strict": task_of(
            SafeCelery("strict", broker="memory://", set_as_current=False, strict=True)
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS):
        for name, charge in tasks.items():
            start = time.perf_counter()
            for n in range(COUNT):
                charge.delay(n, note="x")
            times[name].append((time.perf_counter() - start) / COUNT * 1e6)
            charge.app.control.purge()
    base = statistics.median(times["Celery"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<20} {median:7.0f} us   {median / base:5.2f} x Celery")


if __name__ == "__main__":
    main()
