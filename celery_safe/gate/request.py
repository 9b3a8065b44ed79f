"""What a safe worker does with one delivered message, in its main process, on every pool.

Touches private parts of Celery's request: ``revoked`` (asked right before the pool gets the task),
``maybe_expire``, ``on_failure``, ``reject``, ``_message``, ``_context``, ``_eta`` (``celery/worker/request.py``);
``eta``, which is read at the receipt only (``celery/worker/strategy.py``); and ``reserved_requests``, which
holds a request from then on (``celery/worker/state.py``).
"""

from __future__ import annotations

import functools
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import VERSION
from celery.exceptions import Reject
from celery.utils.log import get_logger
from celery.worker import state
from celery.worker.state import reserved_requests, task_ready

from celery_safe.errors import TooManyRedeliveries
from celery_safe.gate import failing, redelivery
from celery_safe.gate.eta import is_far

logger = get_logger(__name__)


class GatedRequest:
    """Mixed into the request class of every task by the consumer."""

    consumer: Any
    #: Whether its failure has been put on the shelf.
    _is_buried = False
    #: Whether the failure at its hard time limit has been stored, with errbacks and signal.
    _is_timed_out = False

    def revoked(self: Any) -> bool:
        """Whether this delivery must not run: revoked, expired, or over its redelivery cap."""
        return bool(super().revoked()) or not self._may_run()  # type: ignore[misc]

    @functools.cached_property
    def is_for_later(self: Any) -> bool:
        """Whether its ETA was so far at its receipt that the gate puts it on the shelf."""
        gate = self.consumer.gate
        return self._eta is not None and gate is not None and is_far(self._eta, gate)

    @property
    def eta(self: Any) -> Any:
        """When Celery is to run it; None where that is the gate's affair."""
        return None if self.is_for_later else self._eta

    def maybe_expire(self: Any) -> bool | None:
        """With a gate, expiry is one of its guards, asked after the others; else Celery's own."""
        if self.consumer.gate is None:
            expired: bool | None = super().maybe_expire()  # type: ignore[misc]
            return expired
        return False

    def _may_run(self: Any) -> bool:
        # Celery asks at the receipt of a task that expires too. One that only waits for its ETA
        # has killed nobody, and may see more restarts than the cap.
        if self not in reserved_requests:
            return True
        gate = self.consumer.gate
        return not self._redelivery_taken_over() if gate is None else bool(gate.admit(self))

    def on_timeout(self: Any, soft: bool, timeout: float) -> None:
        """Handle a time limit; a hard one is final, so the message goes on the shelf first."""
        if not soft and self._is_timed_out:
            # Prefork has been in on_failure with it, and Celery would call errbacks a second time.
            logger.error("Hard time limit (%ss) exceeded for %s[%s]", timeout, self.name, self.id)
            if VERSION >= (5, 7):
                failing.call_hooks(self, TimeLimitExceeded(timeout))
            return
        gate = self.consumer.gate
        if not soft and gate is not None and not state.should_terminate:
            again = functools.partial(self.on_timeout, soft, timeout)
            if not gate.buried(self, TimeLimitExceeded(timeout), "", again):
                return
        super().on_timeout(soft, timeout)  # type: ignore[misc]

    def on_failure(
        self: Any, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False
    ) -> None:
        """Handle a failure; a MemoryError of the task is one, not the end of the worker.

        Celery raises it again in the main process, which then exits (``request.py``, 5.5 to 5.7).
        """
        exc = failing.unwrapped(exc_info)
        if isinstance(exc, MemoryError):
            exc = exc_info.exception = RuntimeError(f"the task ran out of memory: {exc!r}")
        if isinstance(exc, SystemExit | KeyboardInterrupt) and not hasattr(
            self, "_worker_lost_info"
        ):
            # Before 5.7 Celery tries to store it, fails, and the message stays where it is.
            exc = exc_info.exception = WorkerLostError(f"the task left Python: {exc!r}")
        gate = self.consumer.gate
        if gate is not None:
            again = functools.partial(self.on_failure, exc_info, send_failed_event, return_ok)
            if not gate.buried(self, exc, str(exc_info.traceback), again):
                return
            self._is_buried = True
        is_gone = isinstance(exc, Reject) and not getattr(exc, "requeue", False)
        if is_gone and VERSION < (5, 7) and not failing.report(self, exc_info):
            self.reject(requeue=True)  # Celery 5.7 stores it by itself, older ones leave it PENDING
            return
        self._is_timed_out = isinstance(exc, TimeLimitExceeded) and not state.should_terminate
        super().on_failure(exc_info, send_failed_event=send_failed_event, return_ok=return_ok)  # type: ignore[misc]

    def reject(self: Any, requeue: bool = False) -> None:
        """Reject; what would be gone is on the shelf first, whoever rejects it."""
        gate = self.consumer.gate
        if gate is not None and not requeue and not self.acknowledged and not self._is_buried:
            again = functools.partial(self.reject, requeue)
            if not gate.buried(self, Reject("the worker rejected its message"), "", again):
                return
        super().reject(requeue=requeue)  # type: ignore[misc]

    def _redelivery_taken_over(self: Any) -> bool:
        # A message that is acked early and comes back was never started; only late acks can loop.
        if not self.delivery_info.get("redelivered") or not self.task.acks_late:
            return False
        cap = self._app.conf.get("safe_max_redeliveries")
        if not cap:
            return False  # waived: settings.check refuses this without a written reason
        retries = self.request_dict.get("retries") or 0
        seen = redelivery.count(self._message.headers, retries) + 1
        if seen > cap:
            self._give_up(seen, cap)
        else:
            self._pass_on(retries, seen)
        task_ready(self)
        return True

    def _pass_on(self: Any, retries: int, seen: int) -> None:
        """Write the count down: a copy with it goes to the queue, then the original is acked."""
        try:
            to = redelivery.destination(self._message, self.consumer)
            redelivery.republish(self._app, self._message, to, retries, seen)
        except Exception:
            logger.exception(
                "Task %s[%s] was redelivered, but its copy could not be published; it goes back to its queue",
                self.name, self.id,
            )  # fmt: skip
            self.reject(requeue=True)
            return
        logger.warning(
            "Task %s[%s] was redelivered (%d of at most %s): its worker died, was stopped or lost the broker",
            self.name, self.id, seen, self._app.conf.get("safe_max_redeliveries"),
        )  # fmt: skip
        self.acknowledge()

    def _give_up(self: Any, seen: int, cap: int) -> None:
        """Fail the task loudly, then ack; nothing is acked before the failure is stored."""
        message = (
            f"task {self.name}[{self.id}] was redelivered {seen} times (safe_max_redeliveries={cap}): "
            f"it probably kills its worker. args={self.argsrepr} kwargs={self.kwargsrepr}. "
            "Mend the task, then send it again with these arguments"
        )
        failing.fail(self, TooManyRedeliveries(message))
