"""Duplicates of what has ended: a relay that died after publishing and before deleting publishes again.

With ``safe_dedupe_window`` a relay marks what it publishes by its entry's id, a worker writes down
the end of each try of a marked message, and drops a message whose try has ended. Only marked messages
pay for it, with one read before and one write after the run.

The end is written after the acknowledgement: what a dying worker leaves unwritten is run once more,
and never lost. A try that did not end (its worker died, it was requeued) runs again; so does a replay,
which has an id of its own.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from billiard.exceptions import Terminated, WorkerLostError
from celery.exceptions import Reject
from celery.utils.log import get_logger

from celery_safe.errors import BadSetting
from celery_safe.gate import failing
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.verdicts import Skip, Verdict
from celery_safe.relay.marking import HEADER

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate

logger = get_logger(__name__)

TOPIC = "finished"
#: After these the message comes back, or nobody knows.
_NO_ENDS = (WorkerLostError, SystemExit, KeyboardInterrupt, Terminated, Reject)


def window(app: Any) -> float | None:
    """Seconds for which an end is remembered; None is off.

    Raises:
        BadSetting: ``safe_dedupe_window`` is neither.
    """
    value = app.conf.get("safe_dedupe_window")
    if value is None or (type(value) in (int, float) and value >= 0):
        return float(value) if value else None
    raise BadSetting(
        f"safe_dedupe_window={value!r}: write seconds, for example 86400, or None to switch it off"
    )


def _key(request: Any) -> str | None:
    """What a message and its duplicates have in common; None for one that no relay has marked.

    A retry carries the mark on, and a task that takes the place of another carries its id.
    """
    message = request._message
    mark = message.headers.get(HEADER)
    if not mark:
        return None
    retries = str(request.request_dict.get("retries") or 0)
    said = hashlib.sha256("\0".join([str(request.id), str(mark), retries]).encode())
    body = message.body
    said.update(body.encode() if isinstance(body, str) else bytes(body))
    return said.hexdigest()


def guard(request: Any, gate: Gate) -> Verdict | None:
    """Skip what has ended; see to it that the end of anything else is written down."""
    if gate.dedupe_window is None or (key := _key(request)) is None:
        return None
    if gate.ask(gate.records.read, TOPIC, key, 1):
        return Skip("a duplicate of a message whose run has ended")
    _watch(request, gate, key)
    return None


def _watch(request: Any, gate: Gate, key: str) -> None:
    """Celery asks for these two right after the guards, as what the pool shall call."""
    if "on_success" in vars(request):
        return  # the gate asks twice where the store was away in between
    succeeded, failed = request.on_success, request.on_failure
    request.on_success = functools.partial(_succeeded, succeeded, request, gate, key)
    request.on_failure = functools.partial(_failed, failed, request, gate, key)


def _succeeded(call: Callable[..., Any], request: Any, gate: Gate, key: str, outcome: Any) -> None:
    call(outcome)
    if not outcome[0]:  # else it has come by on_failure
        _write(request, gate, key)


def _failed(
    call: Callable[..., Any], request: Any, gate: Gate, key: str, info: Any, *args: Any, **more: Any
) -> None:
    exc = failing.unwrapped(info)
    call(info, *args, **more)
    # Not acknowledged yet: it waits for the store, and comes by here again.
    if request.acknowledged and not isinstance(exc, _NO_ENDS):
        _write(request, gate, key)


def _write(request: Any, gate: Gate, key: str) -> None:
    try:
        gate.ask(gate.records.write, TOPIC, key, {"task": request.name}, gate.dedupe_window)
    except StoreAway as error:
        logger.warning(
            "That %s[%s] has ended is not written down, so a duplicate of it would run: %s",
            request.name, request.id, error,
        )  # fmt: skip
