"""A store in this process: for tests, gone with the process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from celery_safe.errors import StoreFull
from celery_safe.store import (
    EVERYTHING,
    KINDS,
    NO_LIMITS,
    Count,
    Entry,
    Filter,
    Kind,
    Limits,
    New,
    fits,
)
from celery_safe.store._records import MemoryRecords


class MemoryStore:
    """Keeps entries in a dictionary under a lock.

    Args:
        clock: seconds since 1970; tests move it.
        limits: what it may hold.
    """

    def __init__(self, clock: Callable[[], float] = time.time, limits: Limits = NO_LIMITS) -> None:
        self._clock = clock
        self.limits = limits
        self._entries: dict[str, Entry] = {}
        self._lock = threading.RLock()
        self.records = MemoryRecords(clock)

    def now(self) -> float:
        """See :meth:`MessageStore.now`."""
        return self._clock()

    def put(self, entries: Sequence[New]) -> None:
        """See :meth:`MessageStore.put`."""
        with self._lock:
            fresh = {new.id: new for new in reversed(entries) if new.id not in self._entries}
            self._check_room(list(fresh.values()))
            now = self.now()
            for new in entries:
                if new.id in fresh:
                    self._entries[new.id] = _entry(fresh.pop(new.id), now)

    def _check_room(self, fresh: Sequence[New]) -> None:
        held = self.count()
        StoreFull.check(self.limits.max_messages, held.messages + len(fresh), "messages")
        StoreFull.check(
            self.limits.max_bytes, held.bytes + sum(len(n.message.body) for n in fresh), "bytes"
        )  # fmt: skip

    def due(self, kinds: Collection[Kind] = KINDS) -> float | None:
        """See :meth:`MessageStore.due`."""
        with self._lock:
            times = [
                max(e.due_at, e.lease_until or 0.0)
                for e in self._entries.values()
                if e.kind in kinds and e.due_at is not None
            ]
            return min(times, default=None)

    def claim(
        self, owner: str, lease: float, limit: int, kinds: Collection[Kind] = KINDS
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.claim`."""
        with self._lock:
            now = self.now()
            ready = sorted(
                (e.due_at, e.id)
                for e in self._entries.values()
                if e.kind in kinds
                and e.due_at is not None
                and e.due_at <= now
                and (e.lease_until is None or e.lease_until <= now)
            )
            claimed = []
            for _, entry_id in ready[:limit]:
                entry = replace(self._entries[entry_id], owner=owner, lease_until=now + lease)
                self._entries[entry_id] = entry
                claimed.append(entry)
            return claimed

    def _held_by(self, owner: str, ids: Collection[str]) -> set[str]:
        now = self.now()
        return {
            i
            for i in ids
            if (e := self._entries.get(i)) and e.owner == owner and (e.lease_until or 0.0) > now
        }

    def renew(self, owner: str, ids: Collection[str], lease: float) -> set[str]:
        """See :meth:`MessageStore.renew`."""
        with self._lock:
            held = self._held_by(owner, ids)
            for i in held:
                self._entries[i] = replace(self._entries[i], lease_until=self.now() + lease)
            return held

    def done(self, owner: str, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.done`."""
        with self._lock:
            held = self._held_by(owner, ids)
            for i in held:
                del self._entries[i]
            return held

    def release(
        self, owner: str, ids: Collection[str], delay: float | None, error: str = ""
    ) -> set[str]:
        """See :meth:`MessageStore.release`."""
        with self._lock:
            held = self._held_by(owner, ids)
            due_at = None if delay is None else self.now() + delay
            for i in held:
                entry = self._entries[i]
                self._entries[i] = replace(
                    entry, owner=None, lease_until=None, due_at=due_at,
                    attempts=entry.attempts + 1, error=error or entry.error,
                )  # fmt: skip
            return held

    def get(self, entry_id: str) -> Entry | None:
        """See :meth:`MessageStore.get`."""
        with self._lock:
            return self._entries.get(entry_id)

    def list(
        self, where: Filter = EVERYTHING, limit: int = 100, offset: int = 0
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.list`."""
        return self._matching(where)[offset : offset + limit]

    def upcoming(self, kind: Kind, limit: int = 100, offset: int = 0) -> Sequence[Entry]:
        """See :meth:`MessageStore.upcoming`."""
        found = [(e.due_at, e.id, e) for e in self._matching(Filter(kinds=[kind])) if e.due_at]
        return [e for _, _, e in sorted(found, key=lambda f: f[:2])][offset : offset + limit]

    def _matching(self, where: Filter) -> Sequence[Entry]:
        with self._lock:
            found = [e for e in self._entries.values() if fits(e, where)]
        return sorted(found, key=lambda e: (e.created_at, e.id))

    def count(self, where: Filter = EVERYTHING) -> Count:
        """See :meth:`MessageStore.count`."""
        found = self._matching(where)
        return Count(len(found), sum(len(e.message.body) for e in found))

    def replace(self, entry_id: str, new: New) -> bool:
        """See :meth:`MessageStore.replace`."""
        with self._lock:
            if not self._unclaimed([entry_id]):
                return False
            before = self._entries.pop(entry_id)
            self._entries[new.id] = replace(_entry(new, self.now()), created_at=before.created_at)
            return True

    def discard(self, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.discard`."""
        with self._lock:
            free = self._unclaimed(ids)
            for i in free:
                del self._entries[i]
            return free

    def _unclaimed(self, ids: Collection[str]) -> set[str]:
        now = self.now()
        return {i for i in ids if (e := self._entries.get(i)) and (e.lease_until or 0.0) <= now}


def _entry(new: New, now: float) -> Entry:
    return Entry(
        new.id, new.kind, new.message, new.reason, new.error, dict(new.details), now,
        None if new.delay is None else now + new.delay,
    )  # fmt: skip
