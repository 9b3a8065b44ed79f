"""Gives back what is no longer held back, in order and paced: one worker at a time does it.

A thread of its own beside the keeper's, so that a slow broker keeps nobody from hearing of a switch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from celery.utils.log import get_logger

from celery_safe import history, retention
from celery_safe.errors import UnknownTask
from celery_safe.gate import failing, shelving, switches
from celery_safe.relay import Relay
from celery_safe.store import Entry, Filter, Kind, New

logger = get_logger(__name__)

#: Seconds between two steps.
BEAT = 1.0
#: What waits for a switch or for a worker that knows it.
WAITING: tuple[Kind, ...] = ("held", "unknown")
#: What is due by its time alone.
DUE: tuple[Kind, ...] = ("eta",)
#: Seconds after its last step for which the worker that releases stays the only one.
TURN = 10.0
#: Seconds between two looks at everything that waits, while no switch changes.
LOOK = 5.0
#: Seconds between two looks at what has been kept for long enough.
CLEAN = 600.0
#: How many of that are deleted in one step.
_CLEANED = 1000
_PAGE = 200


class Releaser:
    """A daemon thread; what fails is said once and tried again at the next step."""

    def __init__(self, gate: Any) -> None:
        self.gate = gate
        self._due = Relay(gate.app, gate.store, DUE)
        self._released = Relay(gate.app, gate.store, WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="celery-safe-releaser", daemon=True)
        self._failing = False
        self._looked_at = 0.0
        self._clean_at = 0.0
        self._looked_for: object = None

    def start(self) -> None:
        """Begin."""
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        """End after the step that is under way, and let another worker have the turn."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
        if self._has_turn():
            self.gate.records.erase("lock", ["release"])

    def _run(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                self.step()
            except Exception:  # of any store's driver
                if not self._failing:
                    logger.exception("What is due could not be released, trying again")
                self._failing = True
            else:
                self._failing = False

    def step(self) -> None:
        """Move what is due; in turn, make due what nothing holds back any more."""
        if self.gate.is_stopping:
            return  # the others take over when its turn is over
        rate = max(int(self.gate.conf("safe_release_rate") * BEAT), 1)
        self._due.step(rate)
        if not self._take_turn():
            return
        if time.monotonic() > self._clean_at:
            self._clean()
        if self._is_time_to_look():
            self._look(rate)
        self._released.step(rate)

    def _clean(self) -> None:
        kept = retention.parsed(self.gate.conf("safe_store_retention"))
        gone = retention.clean(self.gate.store, kept, _CLEANED)
        if sum(gone.values()) < _CLEANED:
            self._clean_at = time.monotonic() + CLEAN
        for kind, count in gone.items():
            logger.warning(
                "%d %s messages deleted from the shelf: kept for %.0f s by safe_store_retention",
                count, kind, kept[kind],
            )  # fmt: skip

    def _has_turn(self) -> bool:
        found = self.gate.records.read("lock", "release")
        return any(r.key == "release" and r.value["worker"] == self.gate.worker for r in found)

    def _take_turn(self) -> bool:
        records, me = self.gate.records, {"worker": self.gate.worker}
        if records.reserve("lock", "release", me, TURN):
            return True
        if not self._has_turn():
            return False
        records.write("lock", "release", me, TURN)
        return True

    def _is_time_to_look(self) -> bool:
        now = {switch.key: switch.mode for switch in self.gate.switches}
        if now == self._looked_for and time.monotonic() < self._looked_at + LOOK:
            return False
        self._looked_for, self._looked_at = now, time.monotonic()
        return True

    def _look(self, rate: int) -> None:
        """Make due up to ``rate``, the oldest first; if there was more, look again at the next step."""
        moved = 0
        for entry in list(self._free(rate)):
            moved += self._let_go(entry)
        if moved >= rate:
            self._looked_for = None

    def _free(self, rate: int) -> Iterator[Entry]:
        offset = found = 0
        while page := self.gate.store.list(Filter(kinds=WAITING), limit=_PAGE, offset=offset):
            offset += len(page)
            for entry in page:
                if entry.due_at is None and self._is_free(entry):
                    found += 1
                    yield entry
            if found >= rate or len(page) < _PAGE or self._stop.is_set():
                return

    def _is_free(self, entry: Entry) -> bool:
        task = self.gate.app.tasks.get(entry.message.task)
        if entry.kind == "held":
            return not switches.is_off(self.gate.switches, entry.message, task)
        return task is not None or self._is_too_old(entry)

    def _is_too_old(self, entry: Entry) -> bool:
        age: float = self.gate.store.now() - entry.created_at
        return bool(age > self.gate.conf("safe_unknown_wait"))

    def _let_go(self, entry: Entry) -> bool:
        if entry.kind == "unknown" and entry.message.task not in self.gate.app.tasks:
            return self._give_up(entry)
        again = New(
            shelving.released(entry.message), entry.kind, 0.0, entry.reason, entry.error,
            entry.details, entry.id,
        )  # fmt: skip
        history.note(
            self.gate.records, entry.message.task_id, "released", kind=entry.kind,
            since=entry.created_at, reason=entry.reason,
        )  # fmt: skip
        self.gate.counts.add(
            "celery_safe_released", kind=entry.kind, name=entry.message.task,
            queue_name=entry.message.routing_key,
        )  # fmt: skip
        return bool(self.gate.store.replace(entry.id, again))

    def _give_up(self, entry: Entry) -> bool:
        """Fail a task that nobody knew in time, then make its message a dead letter."""
        reason = f"{entry.reason}; no worker knew it in time"
        if not failing.fail_message(self.gate.app, entry.message, UnknownTask(reason)):
            return False
        dead = New(entry.message, "dead", None, reason, entry.error, entry.details, entry.id)
        return bool(self.gate.store.replace(entry.id, dead))
