"""Entries with an ordering key: those of one key go out one after the other, in the order of writing.

One relay at a time moves them all, so any number may work side by side: the one that has the lane.
In a database that can lock rows the lane is a locked row, free in the moment that its relay dies;
elsewhere it is lent for some seconds. A message that cannot be published holds its own key back, and
keeps its place: when its key is tried again is a record of its own.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from celery_safe.relay.batches import Batch, dead
from celery_safe.store import LANE, Entry, MessageStore

if TYPE_CHECKING:
    from celery_safe.relay import Relay

#: The topic of keys that are held back.
BLOCKED = "blocked"
#: Seconds between two looks for entries while there are none.
LOOK = 0.05
#: Seconds for which the lane is lent where it cannot be locked, and for which its holder goes on.
LEASE, TURN = 30.0, 10.0
_FOR_EVER = 1e9
_KEPT = 30 * 86400.0
_MOST = 10_000


@dataclass(frozen=True)
class Blocked:
    """A key that is held back. ``until`` is seconds since 1970 by the store's clock."""

    entry_id: str
    reason: str
    until: float
    attempts: int
    error: str


def blocked(store: MessageStore) -> dict[str, Blocked]:
    """The keys that are held back, or were until just now, by the reason of their entries."""
    found = [Blocked(**r.value) for r in store.records.read(BLOCKED, limit=_MOST)]
    return {one.reason: one for one in found}


def _key(reason: str) -> str:
    return hashlib.sha256(reason.encode()).hexdigest()


class Lane:
    """What a relay does with the entries that keep an order.

    Args:
        relay: which publishes.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay, self._store = relay, relay.store
        self._look_at = 0.0
        self._is_made = False

    def look_at_all(self) -> None:
        """Look at the next move."""
        self._look_at = 0.0

    def move(self, limit: int) -> tuple[int, int, BaseException | None]:
        """Move up to ``limit`` entries: how many are published and were there; why the broker did not answer."""
        now = time.monotonic()
        if now < self._look_at:
            return 0, 0, None
        self._look_at = now + LOOK
        if self._store.due(["ordered"]) is None:
            return 0, 0, None
        known, clock = blocked(self._store), self._store.now()
        held_back = [one.reason for one in known.values() if one.until > clock]
        with self._take(limit, held_back) as found:
            if found is None or not found.entries:
                return 0, 0, None
            sent, outage = self._publish(found, known)
            self._look_at = 0.0
            return sent, len(found.entries), outage

    def _publish(self, found: Batch, known: dict[str, Blocked]) -> tuple[int, BaseException | None]:
        """Publish the first of each key, then the second of each that has no problem, and so on."""
        queues: dict[str, list[Entry]] = {}
        for entry in reversed(found.entries):
            queues.setdefault(entry.reason, []).append(entry)
        sent, end = 0, time.monotonic() + TURN
        while queues and time.monotonic() < end:
            first = [_tried(queue.pop(), known) for queue in queues.values()]
            wave = _Wave(found, first, self._store, known)
            of_wave, outage = self._relay.publish(wave)
            sent += of_wave
            if outage is not None:
                return sent, outage
            queues = {r: queue for r, queue in queues.items() if queue and r not in wave.stopped}
        return sent, None

    @contextmanager
    def _take(self, limit: int, without: Collection[str]) -> Iterator[Batch | None]:
        store: Any = self._store
        if not hasattr(store, "hold_lane") or not store.can_hold:
            with self._borrow(limit, without) as lent:
                yield lent
            return
        if not self._is_made:
            store.records.reserve(LANE, LANE, {}, _FOR_EVER)
            self._is_made = True
        with store.hold_lane(limit, without) as held:
            yield held

    @contextmanager
    def _borrow(self, limit: int, without: Collection[str]) -> Iterator[Batch | None]:
        records, me = self._store.records, {"owner": self._relay.owner}
        began = time.monotonic()
        if not records.reserve(LANE, LANE, me, LEASE):
            yield None
            return
        try:
            yield _Lent(self._store, self._first(limit, set(without)))
        finally:
            if time.monotonic() - began < LEASE:
                records.erase(LANE, [LANE])

    def _first(self, limit: int, without: set[str]) -> list[Entry]:
        found: list[Entry] = []
        offset = 0
        while page := self._store.upcoming("ordered", limit, offset):
            found += [entry for entry in page if entry.reason not in without]
            if len(found) >= limit:
                break
            offset += len(page)
        return found[:limit]


def _tried(entry: Entry, known: dict[str, Blocked]) -> Entry:
    """The entry with the number of its tries, which its record knows."""
    before = known.get(entry.reason)
    return replace(entry, attempts=before.attempts) if _is_of(before, entry) and before else entry


def _is_of(before: Blocked | None, entry: Entry) -> bool:
    return before is not None and before.entry_id == entry.id


class _Wave:
    """One entry of each key, out of a batch."""

    def __init__(
        self, batch: Batch, entries: Sequence[Entry], store: MessageStore, known: dict[str, Blocked]
    ) -> None:
        self._batch, self._store, self._known = batch, store, known
        self.entries = entries
        #: The keys of which nothing more goes out now.
        self.stopped: set[str] = set()

    def done(self, ids: Collection[str]) -> None:
        """Delete, and let the keys go."""
        self._batch.done(ids)
        self._let_go([entry for entry in self.entries if entry.id in ids])

    def later(self, entry: Entry, delay: float, error: str) -> None:
        """Hold the key back; the entry keeps its place before those behind it."""
        self.stopped.add(entry.reason)
        until = self._store.now() + delay
        value = Blocked(entry.id, entry.reason, until, entry.attempts + 1, error)
        self._store.records.write(BLOCKED, _key(entry.reason), vars(value), _KEPT)

    def bury(self, entry: Entry, reason: str, error: str) -> None:
        """Make it a dead letter; those behind it go on."""
        self._batch.bury(entry, reason, error)
        self._let_go([entry])

    def give_back(self, entries: Sequence[Entry]) -> None:
        """Nothing: nothing of them has changed."""

    def _let_go(self, entries: Sequence[Entry]) -> None:
        over = [_key(e.reason) for e in entries if _is_of(self._known.get(e.reason), e)]
        if over:
            self._store.records.erase(BLOCKED, over)


class _Lent:
    """Entries of a store that lends the lane, and of nobody else for as long."""

    def __init__(self, store: MessageStore, entries: Sequence[Entry]) -> None:
        self._store, self.entries = store, entries

    def done(self, ids: Collection[str]) -> None:
        self._store.discard(ids)

    def later(self, entry: Entry, delay: float, error: str) -> None:
        """Never asked: the key is held back, not the entry."""
        raise NotImplementedError

    def bury(self, entry: Entry, reason: str, error: str) -> None:
        self._store.replace(entry.id, dead(entry, reason, error))

    def give_back(self, entries: Sequence[Entry]) -> None:
        """Nothing: nothing of them has changed."""
