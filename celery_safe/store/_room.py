"""The limits of a store whose database has to count for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from celery_safe.errors import StoreFull
from celery_safe.store import NO_LIMITS, Count, Limits, New

#: Seconds for which a count is good, and the part of a limit up to which it is.
_AGE = 1.0
_TRUSTED = 0.9


class Room:
    """Says when a limit is reached, without counting the whole table for each message.

    A count is trusted for a second, plus what this process has put since, up to nine tenths of the
    limit; from there on each :meth:`check` counts. So a limit may be passed by what other processes
    put at the very same time, and never by much.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._held = Count(0, 0)
        self._counted_at = float("-inf")
        self._lock = threading.Lock()

    def check(self, fresh: Sequence[New], count: Callable[[], Count]) -> None:
        """Raise :class:`StoreFull` if ``fresh`` does not fit any more.

        Args:
            fresh: what is about to be put.
            count: counts what is there.
        """
        if self.limits == NO_LIMITS:
            return
        size = sum(len(new.message.body) for new in fresh)
        with self._lock:
            wanted = Count(self._held.messages + len(fresh), self._held.bytes + size)
            if not self._is_fresh() or self._is_near(wanted):
                held = count()
                self._counted_at = time.monotonic()
                wanted = Count(held.messages + len(fresh), held.bytes + size)
                self._held = held
            StoreFull.check(self.limits.max_messages, wanted.messages, "messages")
            StoreFull.check(self.limits.max_bytes, wanted.bytes, "bytes")
            self._held = wanted

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._counted_at < _AGE

    def _is_near(self, wanted: Count) -> bool:
        most, size = self.limits.max_messages, self.limits.max_bytes
        return (most is not None and wanted.messages > most * _TRUSTED) or (
            size is not None and wanted.bytes > size * _TRUSTED
        )
