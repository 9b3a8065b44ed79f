"""``idempotency_key=`` at a call: of all calls of a task with one key, one is sent.

A key is a record of the store: the id of the task, and whether it is sent. In an outbox the record is
written by the transaction that the message is in. Elsewhere it is there before the message and says
"sent" after it, so a process that dies in between leaves a key whose next call sends the same id again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from celery.utils import uuid
from celery.utils.log import get_logger

from celery_safe import canvas
from celery_safe.errors import BadCall, NoStore
from celery_safe.outbox import sending
from celery_safe.store._records import Record

logger = get_logger(__name__)

TOPIC, LOCK = "once", "once-lock"
#: Seconds after which a process that has not said "sent" is taken for dead. A publish gives up earlier.
LEASE = 60.0
#: Seconds between two looks at a key that another process is sending right now.
LOOK = 0.02
_SENDING, _FAILED, _SENT = "sending", "failed", "sent"


class Keys(Protocol):
    """The part of :class:`~celery_safe.store._records.Records` that keys need."""

    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """See :meth:`Records.write`."""
        ...

    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """See :meth:`Records.reserve`."""
        ...

    def read(self, topic: str, prefix: str = "", limit: int = 1000) -> list[Record]:
        """See :meth:`Records.read`."""
        ...


def once(
    app: Any,
    name: str,
    key: Any,
    options: Mapping[str, Any],
    send: Callable[[dict[str, Any]], Any],
) -> Any:
    """Send by ``send(options)`` if this is the first call with ``key``; else the first one's result.

    Args:
        app: a SafeCelery.
        name: the task's; another task may use the same key.
        key: a text that is not empty.
        options: of the call.
        send: sends with these options, which name the task's id.

    Raises:
        BadCall: the key is no text, or the call belongs to a canvas.
        NoStore: the app has no store, or none that takes part in the transaction.
    """
    _check(app, name, key, options)
    where = sending.target(app, options)
    keys: Keys = app.store.records if where is None else where.records(app)
    # What is written in a transaction nobody sees before it is decided.
    begun = _SENDING if where is None else _FAILED
    place = f"{name[:300]}|{hashlib.sha256(key.encode()).hexdigest()}"
    window = float(app.conf.get("safe_idempotency_window"))

    def say(state: str) -> None:
        keys.write(TOPIC, place, {"task_id": task_id, "state": state}, window)

    task_id = options.get("task_id") or uuid()
    while not keys.reserve(TOPIC, place, {"task_id": task_id, "state": begun}, window):
        first = next(iter(keys.read(TOPIC, place, 1)), None)
        if first is not None and first.value["state"] == _SENT:
            earlier = first.value["task_id"]
            logger.info("Task %s is not sent: %s has its idempotency key", name, earlier)
            return app.AsyncResult(earlier)
        if first is not None and _take_over(app, keys, place, first):
            task_id = first.value["task_id"]
            say(begun)
            break
        time.sleep(LOOK)
    try:
        result = send({**options, "task_id": task_id})
    except BaseException:
        if where is None:
            _let_go(lambda: say(_FAILED), name, task_id)
        raise
    say(_SENT)
    return result


def _take_over(app: Any, keys: Keys, place: str, first: Record) -> bool:
    """Whether this process now sends what the one before has not."""
    is_dead = app.store.now() - first.written_at > LEASE
    if first.value["state"] == _SENDING and not is_dead:
        return False
    # By the time of writing: the lock is on this try of it and needs no end.
    return keys.reserve(LOCK, f"{place}|{first.written_at:.6f}", {}, LEASE)


def _let_go(say: Callable[[], None], name: str, task_id: str) -> None:
    try:
        say()
    except Exception:  # of any store's driver; what the caller gets is the error of sending
        logger.exception(
            "The idempotency key of %s[%s] is free in %.0f s only", name, task_id, LEASE
        )


def _check(app: Any, name: str, key: Any, options: Mapping[str, Any]) -> None:
    if not isinstance(key, str) or not key:
        raise BadCall(f"call of {name}: idempotency_key={key!r} must be a text that is not empty")
    if app._store is None:
        raise NoStore(
            f"call of {name}: idempotency_key= is kept in a message store, and app {app.main!r} has "
            "none: SafeCelery(..., store=SQLAlchemyStore(engine)) or RedisStore(client)"
        )
    if any(options.get(part) for part in ("chain", "chord", "group_id")):
        raise BadCall(
            f"call of {name}: idempotency_key= is for one task, and this call is a part of a chain, "
            "group or chord, the rest of which would wait for ever. Give the key to a task that "
            "sends the canvas"
        )


def check_carried(name: str, options: Mapping[str, Any]) -> None:
    """Refuse both kinds of keys of what a worker would send later.

    Raises:
        BadCall: a member of a chain, a chord's body or a callback has one.
    """
    for part in canvas.carried(options):
        for option in ("idempotency_key", "ordering_key"):
            if (part.get("options") or {}).get(option) is not None:
                raise BadCall(
                    f"call of {name}: {part['task']} in its chain, chord or links has an {option}=, "
                    "which is for a call that you make: a worker sends this one, at once and "
                    "always. Make the call in a task of your own"
                )
