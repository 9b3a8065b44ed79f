"""Moves what is due from the store back to the broker: publish, be confirmed, then delete.

A message is delivered at least once: a relay that dies between the confirm and the deletion leaves
at most one batch to be sent again, with the same task ids.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from celery.utils.log import get_logger

from celery_safe.relay.batches import Batch, batch
from celery_safe.relay.marking import marked
from celery_safe.relay.ordering import Lane
from celery_safe.relay.publishing import Publisher
from celery_safe.store import Entry, Kind, MessageStore

logger = get_logger(__name__)

#: Seconds until the next try, doubled by each failure up to the second.
WAIT = (1.0, 600.0)
#: Seconds between two searches of everything, and how far before the last row the others begin.
ALL = 1.0
MARGIN = 0.25
#: After so many tries a message that cannot be published is a dead letter.
ATTEMPTS = 20


class Outage(ConnectionError):
    """The broker cannot be asked. What it was asked to take counts no attempt."""


@dataclass
class Totals:
    """What a relay has done since its start."""

    sent: int = 0
    expired: int = 0
    failed: int = 0
    buried: int = 0


class Passed:
    """Where the last search has ended: what was deleted before it need not be read through again.

    A database keeps what it has deleted while anybody has an old snapshot. Rows that were locked, or
    were committed later than they were written, lie before the mark: all is searched each second.
    """

    def __init__(self) -> None:
        self._marks: dict[str, tuple[float, str]] = {}
        self._all_at = 0.0

    def marks(self) -> dict[str, tuple[float, str]]:
        """For each kind the time and id to begin behind."""
        now = time.monotonic()
        if now >= self._all_at:
            self._all_at = now + ALL
            return {}
        return dict(self._marks)

    def forget(self) -> None:
        """Search all the next time; what was passed is still passed after that."""
        self._all_at = 0.0

    def note(self, entries: Sequence[Entry], is_full: bool) -> None:
        """What was found; with a full batch there is more, right behind it."""
        for entry in entries:
            due = entry.due_at or 0.0
            self._marks[entry.kind] = (due, entry.id) if is_full else (due - MARGIN, "")


class Relay:
    """Publishes due entries of some kinds. Any number of them work side by side.

    Args:
        app: whose broker.
        store: where they are.
        kinds: which.
    """

    def __init__(self, app: Any, store: MessageStore, kinds: Collection[Kind]) -> None:
        self.app = app
        self.store = store
        #: Without those that keep an order, which are moved apart.
        self.kinds: tuple[Kind, ...] = tuple(kind for kind in kinds if kind != "ordered")
        self._lane = Lane(self) if "ordered" in kinds else None
        self.owner = uuid.uuid4().hex
        self.publisher = Publisher(app)
        self.totals = Totals()
        self._passed = Passed()

    def step(self, limit: int = 100) -> int:
        """Move up to ``limit`` entries; how many have been published.

        Raises:
            Outage: the broker cannot be asked.

        It raises what the store raises when that cannot be asked.
        """
        self.look_at_all()
        return self.move(limit)[0]

    def look_at_all(self) -> None:
        """The next search leaves nothing out that was there before the last one."""
        self._passed.forget()
        if self._lane is not None:
            self._lane.look_at_all()

    def move(self, limit: int) -> tuple[int, int]:
        """As :meth:`step`, behind where the last one has ended, and all over each second; how many have been published, and how many were there."""
        try:
            self.publisher.ready()
        except Exception as error:  # of any broker's driver
            raise Outage(f"the broker cannot be reached: {error}") from error
        in_order, there = 0, 0
        if self._lane is not None:
            in_order, there, outage = self._lane.move(limit)
            if outage is not None:
                raise Outage(f"the broker did not answer: {outage}") from outage
        with batch(self.store, self.owner, limit, self.kinds, self._passed.marks()) as found:
            entries = found.entries
            sent, outage = self.publish(found) if entries else (0, None)
        is_full = len(entries) == limit
        if is_full:  # a backlog of one kind must not keep the others waiting
            self.kinds = (*self.kinds[1:], *self.kinds[:1])
        self._passed.note(entries, is_full=is_full)
        if outage is not None:
            raise Outage(f"the broker did not answer: {outage}") from outage
        return sent + in_order, max(len(entries), there)

    def publish(self, found: Batch) -> tuple[int, BaseException | None]:
        """Publish a batch and decide about its entries; how many, and why the broker did not answer."""
        now = datetime.now(timezone.utc)
        late = [entry for entry in found.entries if _is_expired(entry, now)]
        for entry in late:
            logger.info("Task %s[%s] expired", entry.message.task, entry.message.task_id)
        gone = {entry.id for entry in late}
        living = [entry for entry in found.entries if entry.id not in gone]
        going = [_as_of(entry, now) for entry in living]
        if self.app.conf.get("safe_dedupe_window"):
            going = [marked(entry) for entry in going]
        outcome = self.publisher.publish(going)
        found.done([*gone, *outcome.sent])
        self.totals.sent += len(outcome.sent)
        self.totals.expired += len(gone)
        over = {*outcome.sent, *outcome.failed}
        for entry in living:
            if entry.id in outcome.failed:
                self._put_off(found, entry, outcome.failed[entry.id])
        if outcome.outage is not None:
            found.give_back([entry for entry in living if entry.id not in over])
        return len(outcome.sent), outcome.outage

    def _put_off(self, found: Batch, entry: Entry, problem: str) -> None:
        what = f"{entry.message.task}[{entry.message.task_id}]"
        if entry.attempts + 1 >= ATTEMPTS:
            self.totals.buried += 1
            logger.error("Task %s could not be published %d times: %s", what, ATTEMPTS, problem)
            found.bury(entry, f"could not be published {ATTEMPTS} times: {problem}", problem)
            return
        first, last = WAIT
        delay = min(first * 2.0**entry.attempts, last) * random.uniform(0.8, 1.2)
        self.totals.failed += 1
        logger.error("Task %s was not published, next try in %.0f s: %s", what, delay, problem)
        found.later(entry, delay, problem)

    def close(self) -> None:
        """Let the connection to the broker go."""
        self.publisher.close()


def _is_expired(entry: Entry, now: datetime) -> bool:
    end = entry.message.expires_at
    return end is not None and end <= now


def _as_of(entry: Entry, now: datetime) -> Entry:
    """The entry with what is left of its time to live; the broker counts it from the publishing."""
    end = entry.message.expires_at
    if end is None or "expiration" not in entry.message.properties:
        return entry
    left = int((end - now).total_seconds() * 1000)
    given = int(entry.message.properties["expiration"])
    properties = {**entry.message.properties, "expiration": str(min(left, given))}
    return replace(entry, message=replace(entry.message, properties=properties))


__all__: Sequence[str] = ["ATTEMPTS", "Outage", "Relay", "Totals"]
