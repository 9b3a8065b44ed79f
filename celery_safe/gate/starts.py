"""What the pool has been given and has not ended: written down so that a death does not hide it.

A start is in the journal of this host before the pool gets the task, and in the store some
milliseconds later if the task still runs. So a short task costs no write to the store, and no task
waits for one. Where there is no journal, where nothing may run without the store (``hold``) and for
a message that came back, the start is in the store before the pool gets the task.
"""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celery.worker import state

from celery_safe.gate import journal
from celery_safe.gate.asking import StoreAway

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate

#: The topic of the records.
RUNNING = "running"
#: Seconds after which the store is told of a task that still runs.
SOON = 0.02
#: Seconds for which a start is kept whose end nobody has struck out.
KEPT = 7 * 86400.0


@dataclass(eq=False)
class _Start:
    id: str
    name: str
    #: Weak: kept alive until the next beat, a thousand of them would slow down all that is allocated.
    request: weakref.ref[Any]
    slot: int | None = None
    is_over: bool = False
    is_told: bool = False
    is_written: bool = False
    at: float = field(default_factory=time.monotonic)

    def runs(self) -> bool:
        # When the connection is lost Celery forgets what is reserved; what the pool has begun runs on.
        request = self.request()
        return request is not None and (
            request in state.reserved_requests or request in state.active_requests
        )


def key(id: str, worker: str) -> str:
    """The key of the record of one start."""
    return f"{id}|{worker}"


class Starts:
    """One in each gate. ``begin`` and ``lost`` are called by the consumer, the rest by the keeper."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._journal = journal.opened(gate.conf("safe_journal_folder"), gate.group(), gate.worker)
        self._is_store_first = gate.conf("safe_when_store_away") == "hold" or self._journal is None
        self._running: dict[str, _Start] = {}
        self._untold: list[_Start] = []
        self._over: list[str] = []
        self._lock = threading.Lock()
        #: Set when the keeper has something to tell.
        self.fresh = threading.Event()

    def begin(self, request: Any, *, is_store_away: bool = False) -> None:
        """Write down that the pool gets a task now.

        Raises:
            StoreAway: if it has to be in the store first.
        """
        start = _Start(request.id, request.name, weakref.ref(request))
        if self._journal is not None:
            with self._lock:
                start.slot = self._journal.begin(request.id, request.name)
        if not is_store_away and (
            self._is_store_first or start.slot is None or request.delivery_info.get("redelivered")
        ):
            try:
                self._gate.ask(self._write, request.id, self._gate.worker, request.name)
            except BaseException:
                self._free([start])
                raise
            start.is_told = start.is_written = True
        with self._lock:
            self._running[request.id] = start
            if not start.is_told:
                self._untold.append(start)
        if not start.is_told and not self.fresh.is_set():
            self.fresh.set()

    def _write(self, id: str, worker: str, name: str) -> None:
        self._gate.records.write(RUNNING, key(id, worker), {"task": name}, KEPT)

    def tell(self) -> None:
        """Tell the store of what began :data:`SOON` ago, or earlier, and still runs."""
        self.fresh.clear()
        since = time.monotonic() - SOON
        with self._lock:
            untold = [start for start in self._untold if start.at <= since]
            self._untold = [
                start for start in self._untold
                if start.at > since and start.runs()
            ]  # fmt: skip
            if self._untold:
                self.fresh.set()
        while untold:
            start = untold[-1]
            if start.runs() and not start.is_over:
                start.is_told = True  # also when it fails: it may have been written
                try:
                    self._write(start.id, self._gate.worker, start.name)
                    start.is_written = True
                except BaseException:
                    with self._lock:
                        self._untold += untold
                    raise
                if start.is_over:  # its pool process has died while it was written
                    self._gate.records.erase(RUNNING, [key(start.id, self._gate.worker)])
            untold.pop()

    def forget_ended(self) -> None:
        """Let go of what has ended; asks no store."""
        with self._lock:
            over = [s for s in self._running.values() if not s.runs()]
            for start in over:
                start.is_over = True
                del self._running[start.id]
            self._untold = [start for start in self._untold if not start.is_over]
        self._free(over)
        with self._lock:
            self._over += [key(s.id, self._gate.worker) for s in over if s.is_told]

    def strike_out(self) -> None:
        """Erase from the store what has ended."""
        self.forget_ended()
        with self._lock:
            over, self._over = self._over, []
        try:
            if over:
                self._gate.records.erase(RUNNING, over)
        except BaseException:
            with self._lock:
                self._over += over
            raise

    def is_charged(self, request: Any) -> bool:
        """Whether another worker has taken this one for dead, as after SIGSTOP, and struck the start out.

        Raises:
            StoreAway: it cannot be known.
        """
        with self._lock:
            start = self._running.get(request.id)
        if start is None or not start.is_written:
            return False
        return not self._gate.ask(
            self._gate.records.read, RUNNING, key(request.id, self._gate.worker)
        )

    def lost(self, request: Any) -> None:
        """Erase a start whose pool process has died."""
        with self._lock:
            start = self._running.pop(request.id, None)
        if start is not None:
            start.is_over = True
            self._free([start])
        over = [key(request.id, self._gate.worker)]
        try:
            self._gate.ask(self._gate.records.erase, RUNNING, over)
        except StoreAway:
            # Struck out by the next beat: others would wait for ever for the end of this start.
            with self._lock:
                self._over += over

    def _free(self, starts: list[_Start]) -> None:
        with self._lock:
            for start in starts:
                if start.slot is not None and self._journal is not None:
                    self._journal.end(start.slot)
                    start.slot = None

    def adopt(self) -> bool:
        """Tell the store what dead workers of this host had begun; False to ask again soon."""
        return self._journal is None or self._journal.adopt(
            lambda worker, id, name: self._gate.ask(self._write, id, worker, name)
        )

    def unfinished(self) -> list[Any]:
        """The requests that run."""
        with self._lock:
            requests = [s.request() for s in self._running.values() if s.runs()]
        return [request for request in requests if request is not None]

    def has(self, id: str) -> bool:
        """Whether a task of this id runs."""
        with self._lock:
            start = self._running.get(id)
        return start is not None and start.runs()

    def close(self) -> None:
        """At the end of the worker."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
