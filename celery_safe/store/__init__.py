"""The shelf: every message that is not in the broker, in one store.

An outbox row, one that keeps an order, a task with a far ETA, a held task, a message that no worker knows, a dead letter:
each is an :class:`Entry`. What is due is claimed under a lease, published, confirmed by the broker,
and only then deleted. A lease has an owner and a deadline; nothing relies on its owner's good end.

Stores are passed in by the user; there is no registry: :class:`~celery_safe.store.memory.MemoryStore`
(tests), :class:`~celery_safe.store.sqlalchemy.SQLAlchemyStore`,
:class:`~celery_safe.store.django.DjangoStore`,
:class:`~celery_safe.store.redis.RedisStore`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from celery_safe.message import Message
from celery_safe.store._records import Records

Kind = Literal["outbox", "ordered", "eta", "held", "unknown", "dead"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Topic and key of the record whose holder alone moves what keeps an order.
LANE = "lane"


@dataclass(frozen=True)
class New:
    """A message to put on the shelf.

    Attributes:
        delay: seconds until it is due; None is never by itself (a dead letter, a held task).
        reason: one line for the person who asks why it is here.
        error: a traceback.
        details: worker, duration, switch, what helps to understand.
        id: putting the same id twice keeps the first. An id made from the delivery makes the step
            "write to the store, then acknowledge" safe to repeat after a crash between the two.
    """

    message: Message
    kind: Kind
    delay: float | None = 0.0
    reason: str = ""
    error: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Entry:
    """A message on the shelf. Times are seconds since 1970 by the store's clock."""

    id: str
    kind: Kind
    message: Message
    reason: str
    error: str
    details: Mapping[str, Any]
    created_at: float
    due_at: float | None
    attempts: int = 0
    owner: str | None = None
    lease_until: float | None = None


@dataclass(frozen=True)
class Filter:
    """Which entries; an empty filter is all of them, and conditions add up.

    ``task`` may hold ``*`` and ``?``. ``id_prefix`` fits the entry's or the task's id.
    ``since`` and ``until`` are seconds since 1970 and speak of ``created_at``.
    """

    kinds: Collection[Kind] = ()
    task: str | None = None
    id_prefix: str | None = None
    queue: str | None = None
    reason: str | None = None
    error: str | None = None
    since: float | None = None
    until: float | None = None


def fits(entry: Entry, where: Filter) -> bool:
    """Whether ``entry`` fits, for stores that cannot ask their database."""
    return all(
        bool(condition)
        for condition in (
            not where.kinds or entry.kind in where.kinds,
            where.task is None or fnmatchcase(entry.message.task, where.task),
            where.id_prefix is None
            or entry.id.startswith(where.id_prefix)
            or entry.message.task_id.startswith(where.id_prefix),
            where.queue is None or entry.message.routing_key == where.queue,
            where.reason is None or where.reason in entry.reason,
            where.error is None or where.error in entry.error,
            where.since is None or entry.created_at >= where.since,
            where.until is None or entry.created_at < where.until,
        )
    )


#: The filter that every entry fits.
EVERYTHING = Filter()


@dataclass(frozen=True)
class Count:
    """How many messages, and how many bytes of body they hold."""

    messages: int
    bytes: int


@dataclass(frozen=True)
class Limits:
    """What the shelf may hold; None is no bound. More raises :class:`StoreFull`, nothing is evicted."""

    max_messages: int | None = None
    max_bytes: int | None = None


#: No bound at all.
NO_LIMITS = Limits()


@runtime_checkable
class MessageStore(Protocol):
    """What every store can do; held by :class:`celery_safe.testing.store_contract.StoreContract`.

    Every method raises what its database raises when it cannot be asked: a store never answers
    "nothing" for "could not ask".
    """

    @property
    def records(self) -> Records:
        """The small facts beside the messages."""
        ...

    def now(self) -> float:
        """The store's clock. All times are by it, so that skewed hosts agree."""
        ...

    def put(self, entries: Sequence[New]) -> None:
        """Write all or none; an id that is here already stays as it is.

        Raises:
            StoreFull: a limit of the store would be passed.
        """
        ...

    def due(self, kinds: Collection[Kind] = KINDS) -> float | None:
        """When the next unclaimed entry is due, or None if none will be."""
        ...

    def claim(
        self, owner: str, lease: float, limit: int, kinds: Collection[Kind] = KINDS
    ) -> Sequence[Entry]:
        """Take up to ``limit`` due entries for ``lease`` seconds, the longest due first.

        An entry whose lease has run out is due again. Two owners never hold one entry at a time.
        """
        ...

    def renew(self, owner: str, ids: Collection[str], lease: float) -> set[str]:
        """Extend the lease from now; returns the ids that ``owner`` still holds."""
        ...

    def done(self, owner: str, ids: Collection[str]) -> set[str]:
        """Delete what ``owner`` still holds, after the broker has confirmed it; returns those ids."""
        ...

    def release(
        self, owner: str, ids: Collection[str], delay: float | None, error: str = ""
    ) -> set[str]:
        """Give back what could not be published: one attempt more, due after ``delay`` seconds."""
        ...

    def get(self, entry_id: str) -> Entry | None:
        """One entry, claimed or not."""
        ...

    def list(
        self, where: Filter = EVERYTHING, limit: int = 100, offset: int = 0
    ) -> Sequence[Entry]:
        """Entries in order of ``created_at``, claimed ones too."""
        ...

    def upcoming(self, kind: Kind, limit: int = 100, offset: int = 0) -> Sequence[Entry]:
        """Entries of one kind that have a time, in order of ``due_at`` and id, claimed ones too."""
        ...

    def count(self, where: Filter = EVERYTHING) -> Count:
        """How many entries and bytes."""
        ...

    def replace(self, entry_id: str, new: New) -> bool:
        """Put ``new`` in the place of an unclaimed entry; False if it is gone or claimed."""
        ...

    def discard(self, ids: Collection[str]) -> set[str]:
        """Delete unclaimed entries for good; returns those that were deleted."""
        ...
