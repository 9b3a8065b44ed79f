"""Runs of one schedule, one at a time: by a lease with an owner and an end, not by anybody's good end.

Time is cut into slots, and a lease is a row of slots, each reserved by one owner: the current one and
those of the next :data:`AHEAD` seconds. While the task runs its worker reserves the next ones; after
its end it gives them back. A slot is reserved once and for all, so there is nothing to compare and
swap: a worker that stood still for too long does not get the next slot, or finds that the current
one is not its own, and knows that it has lost the lease.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celery.utils.log import get_logger
from celery.worker import state

from celery_safe.beat import WHEN
from celery_safe.gate.verdicts import Drop, Park, Verdict, Wait
from celery_safe.store import MessageStore

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate

logger = get_logger(__name__)

TOPIC = "overlap"
#: Seconds of a slot.
SLOT = 5.0
#: Slots that are reserved after the current one: a lease ends 10 to 15 s after its last renewal.
AHEAD = 2
#: Seconds until a run that waits for its predecessor is delivered again.
AGAIN = 5.0


@dataclass(eq=False)
class Lease:
    """What one run holds. ``slots`` are numbers of slots since 1970."""

    name: str
    request: Any
    owner: str
    slots: set[int] = field(default_factory=set)
    since: float = field(default_factory=lambda: time.monotonic())
    is_lost: bool = False


def _key(name: str, slot: int) -> str:
    said = name if len(name) <= 400 else hashlib.sha256(name.encode()).hexdigest()
    return f"{said}|{slot}"


class Leases:
    """Those of one worker. The gate takes them, the keeper renews them."""

    def __init__(self, store: MessageStore) -> None:
        self._store = store
        self._held: list[Lease] = []
        self._lock = threading.Lock()

    def take(self, name: str, request: Any) -> str | None:
        """Take the lease for a run; else who has it.

        Returns:
            The id of the task that holds it, or None: it is taken now.
        """
        with self._lock:
            if any(h.request is request and h.name == name and not h.is_lost for h in self._held):
                return None  # the gate asks twice where the store was away in between
        lease = Lease(name, request, uuid.uuid4().hex)
        slot = self._slot()
        for number in range(slot, slot + AHEAD + 1):
            if not self._reserve(lease, number):
                holder = self._holder(name, number)
                self._give_back(lease)
                return holder
        with self._lock:
            self._held.append(lease)
        return None

    def _slot(self) -> int:
        return int(self._store.now() // SLOT)

    def _reserve(self, lease: Lease, slot: int) -> bool:
        end = (slot + 1) * SLOT - self._store.now()
        # Kept beyond its end, so that nobody reserves a slot a second time.
        got = self._store.records.reserve(
            TOPIC,
            _key(lease.name, slot),
            {"task": lease.request.id, "owner": lease.owner},
            end + 60,
        )
        if got:
            lease.slots.add(slot)
        return got

    def _holder(self, name: str, slot: int) -> str:
        key = _key(name, slot)
        found = [r for r in self._store.records.read(TOPIC, key) if r.key == key]
        return str(found[0].value["task"]) if found else "another run"

    def renew(self) -> None:
        """Reserve what comes next for what runs; give back what has ended."""
        with self._lock:
            held = list(self._held)
        for lease in held:
            if (
                lease.request in state.reserved_requests
                and not lease.is_lost
                and not _is_over(lease)
            ):
                self._extend(lease)
            else:
                self._give_back(lease)
                with self._lock:
                    self._held.remove(lease)

    def _extend(self, lease: Lease) -> None:
        slot = self._slot()
        missing = [n for n in range(slot, slot + AHEAD + 1) if n not in lease.slots]
        lapsed = slot in missing
        lease.is_lost = not all(self._reserve(lease, n) for n in missing)
        if lapsed or lease.is_lost:
            logger.error(
                "Task %s[%s] has lost the lease of the schedule %r: this worker stood still, or its store "
                "was away, for more than %.0f s. Another run may have been under way beside it%s",
                lease.request.name, lease.request.id, lease.name, SLOT * AHEAD,
                ", and may still be" if lease.is_lost else "; now it has the lease again",
            )  # fmt: skip
        over = {n for n in lease.slots if n < slot}
        self._erase(lease, over)

    def _give_back(self, lease: Lease) -> None:
        self._erase(lease, set(lease.slots))

    def _erase(self, lease: Lease, slots: set[int]) -> None:
        if slots:
            self._store.records.erase(TOPIC, [_key(lease.name, n) for n in slots])
            lease.slots -= slots


def _is_over(lease: Lease) -> bool:
    """Whether it would have been killed long ago: what is never told of its end must not hold for ever."""
    task = lease.request.task
    limit = lease.request.time_limits[0] or task.time_limit or task.app.conf.task_time_limit
    return bool(limit) and time.monotonic() - lease.since > 2 * limit + 60


def guard(request: Any, gate: Gate) -> Verdict | None:
    """Ask for the lease, if beat sent the message for a schedule that must not overlap."""
    when = (request.request_dict or {}).get(WHEN) or {}
    mode, name = when.get("overlap"), when.get("name")
    if mode not in ("skip", "queue") or not name:
        return None
    holder = gate.ask(gate.leases.take, name, request)
    if holder is None:
        return None
    why = f"the run {holder} of the schedule {name!r} has not ended"
    if _has_begun(request) or holder == request.id:
        return Wait(1.0)
    if mode == "skip":
        return Drop(why)
    # By the time, so that the entry of one waiting is not the entry of the next.
    turn = int(gate.ask(gate.store.now) // AGAIN)
    return Park("eta", why, delay=AGAIN, once=f"{request.id}|{turn}")


def _has_begun(request: Any) -> bool:
    """Whether it came back from a dead worker or for a retry: its work is not dropped."""
    return bool(request.delivery_info.get("redelivered") or request.request_dict.get("retries"))
