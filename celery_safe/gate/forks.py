"""What a thread of ours must not be doing while the pool forks.

A child inherits every lock as it is at that moment, and nobody in it gives back those of a thread
that it does not have. kombu looks for ``librabbitmq`` at each new AMQP connection; where that is not
installed the search is repeated each time, under a lock of the import system. A child that is forked
while a thread of ours searches waits for that lock at its own first connection, until its task's
time limit kills it.
"""

from __future__ import annotations

import sys


def search_librabbitmq_once() -> None:
    """Remember that it is not there: ``None`` in ``sys.modules`` fails at once and takes no lock."""
    try:
        import librabbitmq  # type: ignore[import-not-found]  # noqa: F401 (kombu asks the same)
    except ImportError:
        sys.modules.setdefault("librabbitmq", None)  # type: ignore[arg-type]  # a documented value
