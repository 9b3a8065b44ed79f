"""A batch of due entries that belongs to one relay until it is closed.

A database that can lock rows holds them in one transaction, so that they are free in the moment that
a relay dies. Everything else lends them for some seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from celery_safe.store import Entry, Kind, MessageStore, New

#: Seconds for which a batch is lent. A relay that is killed holds it up for so long.
LEASE = 15.0


class Batch(Protocol):
    """What a relay may do with the entries of a batch."""

    entries: Sequence[Entry]

    def done(self, ids: Collection[str]) -> None:
        """The broker has them: delete."""
        ...

    def later(self, entry: Entry, delay: float, error: str) -> None:
        """One attempt more, due after ``delay`` seconds."""
        ...

    def bury(self, entry: Entry, reason: str, error: str) -> None:
        """Make it a dead letter."""
        ...

    def give_back(self, entries: Sequence[Entry]) -> None:
        """As if they had never been taken."""
        ...


class _Lent:
    def __init__(self, store: MessageStore, owner: str, entries: Sequence[Entry]) -> None:
        self._store, self._owner, self.entries = store, owner, entries

    def done(self, ids: Collection[str]) -> None:
        self._store.done(self._owner, ids)

    def later(self, entry: Entry, delay: float, error: str) -> None:
        self._store.release(self._owner, [entry.id], delay, error)

    def bury(self, entry: Entry, reason: str, error: str) -> None:
        self._store.release(self._owner, [entry.id], None, error)
        self._store.replace(entry.id, dead(entry, reason, error))

    def give_back(self, entries: Sequence[Entry]) -> None:
        # Their lease ends by itself; one that was not asked of counts no attempt.
        for entry in entries:
            self._store.renew(self._owner, [entry.id], 0.5)


@contextmanager
def _lend(store: MessageStore, owner: str, limit: int, kinds: Collection[Kind]) -> Iterator[Batch]:
    yield _Lent(store, owner, store.claim(owner, LEASE, limit, kinds))


def batch(
    store: MessageStore,
    owner: str,
    limit: int,
    kinds: Collection[Kind],
    after: Mapping[str, tuple[float, str]],
) -> AbstractContextManager[Batch]:
    """The next due entries of ``kinds``, the longest due first.

    With ``after``, of a kind those behind this one alone.

    Raises what the store raises when it cannot be asked.
    """
    hold = getattr(store, "hold", None)
    if hold is not None and store.can_hold:  # type: ignore[attr-defined]
        return hold(limit, kinds, after)  # type: ignore[no-any-return]
    return _lend(store, owner, limit, kinds)


def dead(entry: Entry, reason: str, error: str) -> New:
    """The dead letter that an entry becomes."""
    return New(entry.message, "dead", None, reason, error, entry.details, entry.id)
