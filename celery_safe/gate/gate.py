"""The gate: asks the guards about each delivered message, in a visible order, and does what they say.

Every step on the shelf is "write to the store, then acknowledge". A store that cannot be asked is a
matter of ``safe_when_store_away``: ``run`` (as without a store) or ``hold`` (until it answers).
"""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from billiard.exceptions import Terminated, WorkerLostError
from celery.exceptions import Ignore, Retry
from celery.utils.log import get_logger
from celery.worker import state

from celery_safe import history
from celery_safe.counting import Counts
from celery_safe.gate import (
    dedupe,
    eta,
    expiry,
    failing,
    overlap,
    poison,
    redelivery,
    shelving,
    switches,
)
from celery_safe.gate.asking import Asking, StoreAway
from celery_safe.gate.starts import Starts
from celery_safe.gate.verdicts import Drop, Fail, Park, Skip, Verdict, Wait
from celery_safe.store import MessageStore, New

logger = get_logger(__name__)

#: Asked from first to last; the first answer counts.
GUARDS: tuple[Callable[[Any, Gate], Verdict | None], ...]
#: Seconds until a store that is away is asked again about a message that is held for it.
AGAIN = 5.0


class Gate:
    """One in each worker, in its main process.

    Args:
        app: a SafeCelery with a store.
        consumer: the worker's.
    """

    def __init__(self, app: Any, consumer: Any) -> None:
        self.app = app
        self.consumer = consumer
        self.store: MessageStore = app.store
        self.records = self.store.records
        self.worker = uuid.uuid4().hex
        self.ask = Asking(self.conf("safe_store_patience"))
        #: Of the metrics: a scrape keeps nobody waiting.
        self.ask_for_metrics = Asking(self.conf("safe_store_patience"))
        self.counts = Counts()
        #: The last known state; the keeper renews it.
        self.switches: list[switches.Switch] = []
        self.is_stopping = False
        self.dedupe_window = dedupe.window(app)
        self.leases = overlap.Leases(self.store)
        self.starts = Starts(self)
        self._alone: Any = None

    def conf(self, name: str) -> Any:
        """A setting."""
        return self.app.conf.get(name)

    def group(self) -> str:
        """A name for the workers that share messages and store with this one, on any host."""
        shared = f"{self.app.main}|{self.app.connection_for_read().as_uri()}"
        return hashlib.sha256(shared.encode()).hexdigest()[:16]

    def facts(self) -> dict[str, Any]:
        """What others have to know of this worker."""
        return {
            "name": str(self.consumer.hostname), "host": socket.gethostname(), "pid": os.getpid(),
            "stopping": self.is_stopping,
        }  # fmt: skip

    # -- before a task runs

    def admit(self, request: Any) -> bool:
        """Whether the pool may have it now; if not, everything needed has been done."""
        try:
            verdict = self._verdict(request)
            if verdict is None:
                self.starts.begin(request)
        except StoreAway:
            # What is for tomorrow waits for the store in any case: run now it would be a day early.
            if self.conf("safe_when_store_away") == "hold" or request.is_for_later:
                self.again(AGAIN, self._ask_again, request)
                return False
            self.starts.begin(request, is_store_away=True)
            return True
        if verdict is None:
            if request._message.headers.get("replayed_from"):
                self.count("celery_safe_replayed", request)
            return True
        self._carry_out(verdict, request)
        return False

    def _ask_again(self, request: Any) -> None:
        # After a lost connection the broker delivers it anew, and this one is nobody's any more.
        if request in state.reserved_requests:
            self.consumer.on_task_request(request)

    def _verdict(self, request: Any) -> Verdict | None:
        if self._alone is not None and self._alone is not request:
            if self._alone in state.reserved_requests or self.starts.has(self._alone.id):
                return Wait(0.2)
            self._alone = None
        for guard in GUARDS:
            verdict = guard(request, self)
            if verdict is not None:
                return verdict
        return None

    def alone(self, request: Any) -> bool:
        """Whether nothing else runs here; from now on nothing else begins before its end."""
        self._alone = request
        return not [r for r in self.starts.unfinished() if r is not request]

    def _carry_out(self, verdict: Verdict, request: Any) -> None:
        if isinstance(verdict, Wait):
            self.again(verdict.seconds, self._ask_again, request)
        elif isinstance(verdict, Park):
            message = shelving.message_of(request._message, self.consumer)
            entry = shelving.entry(
                message, verdict.kind, verdict.reason, delay=verdict.delay,
                details=verdict.details, once=verdict.once,
            )  # fmt: skip
            self._shelve(
                entry, request, lambda: self._parked(request, verdict.kind, verdict.reason)
            )
        elif isinstance(verdict, Fail):
            if verdict.is_dead:
                dead = self._dead(request, verdict.error, "", verdict.details)
                self._shelve(dead, request, lambda: self._failed(request, verdict))
            else:
                self._failed(request, verdict)
        elif isinstance(verdict, Drop):
            self._drop(verdict, request)
        elif isinstance(verdict, Skip):
            self._skip(verdict, request)

    def _shelve(self, entry: New, request: Any, then: Callable[[], None]) -> None:
        """Write, then go on; try again for as long as it takes, with the message unacknowledged."""
        try:
            self.ask(self.store.put, [entry])
        except StoreAway as error:
            logger.warning(
                "Task %s[%s] waits for the store: %s", request.name, request.id, error
            )  # fmt: skip
            self.again(AGAIN, self._shelve, entry, request, then)
        else:
            then()

    def _parked(self, request: Any, kind: str, reason: str) -> None:
        self.count("celery_safe_shelved", request, kind=kind)
        logger.warning("Task %s[%s] is on the shelf: %s", request.name, request.id, reason)
        request.acknowledge()
        state.task_ready(request)

    def _failed(self, request: Any, verdict: Fail) -> None:
        self.count("celery_task_failed", request, exception=type(verdict.error).__name__)
        if verdict.is_dead:
            self.count("celery_safe_shelved", request, kind="dead")
            self.count("celery_safe_convicted", request)
        failing.fail(request, verdict.error)
        state.task_ready(request)

    def _drop(self, verdict: Drop, request: Any) -> None:
        what = "expired" if verdict.is_expired else "dropped"
        self._note(request, what, verdict.reason)
        self.count("celery_task_revoked", request, reason=what)
        failing.revoke(request, verdict.reason, verdict.is_expired)

    def _skip(self, verdict: Skip, request: Any) -> None:
        self._note(request, "duplicate", verdict.reason)
        self.count("celery_safe_duplicates", request)
        request.acknowledge()
        state.task_ready(request)

    def _note(self, request: Any, what: str, reason: str) -> None:
        """Into the log, and into the task's history."""
        logger.warning("Task %s[%s] %s: %s", request.name, request.id, what, reason)
        try:
            self.ask(partial(history.note, reason=reason), self.records, request.id, what)
        except StoreAway as error:
            logger.warning("That %s is %s is not in its history: %s", request.id, what, error)

    def count(self, counter: str, request: Any, **labels: str) -> None:
        """Count one of a task."""
        self.counts.add(counter, name=request.name, queue_name=self.queue_of(request), **labels)

    def again(self, seconds: float, call: Callable[..., Any], *args: Any) -> None:
        """Call later, in the worker's loop."""
        self.consumer.timer.call_after(seconds, call, args)

    def queue_of(self, request: Any) -> str:
        """The queue that delivered it."""
        return redelivery.destination(request._message, self.consumer)[1]

    # -- after its end

    def buried(
        self, request: Any, exc: BaseException, traceback: str, again: Callable[[], Any]
    ) -> bool:
        """Put a final failure on the shelf before it is acknowledged; False if ``again`` comes later."""
        if isinstance(exc, Ignore | Retry | Terminated):
            return True
        try:
            if isinstance(exc, WorkerLostError | SystemExit | KeyboardInterrupt) and (
                request.task.acks_late and request.task.reject_on_worker_lost
            ):
                self._lost(request, exc)
                return True
            if getattr(exc, "requeue", False):  # Reject(requeue=True)
                return True
            self.count("celery_task_failed", request, exception=type(exc).__name__)
            self.ask(self.store.put, [self._dead(request, exc, traceback, {})])
            self.count("celery_safe_shelved", request, kind="dead")
        except StoreAway as error:
            if self.conf("safe_when_store_away") == "hold":
                self.again(AGAIN, again)
                return False
            logger.warning(
                "Task %s[%s] failed and is on no shelf, as the store is away (%s): args=%s kwargs=%s",
                request.name, request.id, error, request.argsrepr, request.kwargsrepr,
            )  # fmt: skip
        return True

    def _lost(self, request: Any, exc: BaseException) -> None:
        """The pool process died: it comes back, and that is one loss unless the worker is ending."""
        is_ending = self.is_stopping or (state.should_stop, state.should_terminate) != (None, None)
        if not is_ending and not self.starts.is_charged(request):
            poison.charge(request, self, f"pool process died: {exc}")
        self.starts.lost(request)

    def _dead(
        self, request: Any, exc: BaseException, traceback: str, details: dict[str, Any]
    ) -> New:
        info = {
            "exception": type(exc).__name__, "worker": str(self.consumer.hostname),
            "retries": request.request_dict.get("retries") or 0, **details,
        }  # fmt: skip
        message = shelving.message_of(request._message, self.consumer)
        reason = f"{type(exc).__name__}: {exc}"
        return shelving.entry(message, "dead", reason, error=traceback, details=info)


# First what has ended: to hold it, or to call it expired, would touch its result.
GUARDS = (
    dedupe.guard, switches.guard, expiry.guard, eta.guard, poison.guard, overlap.guard,
)  # fmt: skip
