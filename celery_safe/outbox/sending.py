"""What an app does to send into a transaction: from a call to an entry of the store."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from celery import Celery
from celery.utils.log import get_logger
from kombu.utils.objects import cached_property

from celery_safe.errors import BadCall, NoStore
from celery_safe.outbox import django, targets
from celery_safe.outbox.capture import Capture, Captured, QuietBackend, current
from celery_safe.outbox.later import Later, later
from celery_safe.outbox.result import decided, wait_for_commit
from celery_safe.store import New

logger = get_logger(__name__)

_count = itertools.count()


class Sends(Celery):
    """The part of an app that has to do with tasks that are not sent yet."""

    @property
    def backend(self) -> Any:
        """The result backend."""
        backend = super().backend
        return QuietBackend(backend) if current() else backend

    @backend.setter
    def backend(self, backend: Any) -> None:
        Celery.backend.fset(self, backend)

    @cached_property
    def AsyncResult(self) -> Any:
        """The class of results: those of Celery, typed, awaitable, and not waited for before the commit."""
        return self.subclass_with_self("celery_safe.outbox.result:OutboxResult", name="AsyncResult")


def check_relay(relay: Any, store: Any) -> Any:
    """The argument ``relay`` of an app, if it makes sense."""
    if relay not in (None, "worker"):
        raise ValueError(f'relay={relay!r}: takes "worker" or None')
    if relay is not None and store is None:
        raise NoStore('relay="worker" moves what is in a message store: SafeCelery(store=...)')
    return relay


def target(app: Any, options: Mapping[str, Any]) -> targets.Target | None:
    """The transaction that a message belongs to; None sends it at once."""
    found = targets.choose(app, django.ambient(app))
    if found is None or options.get("connection") is not None:
        return None  # a connection that the caller brings is where it shall go
    if targets.is_sent_again() or app._must_go_out(options):
        return None
    return found


def send(
    app: Any,
    call: Callable[..., Any],
    options: Mapping[str, Any],
    is_urgent: bool,
    order: str | None = None,
) -> Any:
    """Send by ``call(**options)``: to the broker, into a transaction, or to the store until it is due.

    Args:
        app: a SafeCelery.
        call: Celery's own way of sending.
        options: of the call.
        is_urgent: it follows on work that is done: a store that is away must not keep it.
        order: the key of an order that it goes out in; then it always goes by the store.
    """
    where, due = target(app, options), later(app, options)
    if order is not None:
        return _in_order(app, call, options, where, order)
    if where is None and due is not None and django.ambient(app) is not None:
        due = None  # the store would write it into a transaction that it does not belong to
    if where is None and due is None:
        return call(**options)
    capture = Capture(due.eta if due else None)
    now = {"eta": None, "countdown": None} if due else {}
    result = call(**{**options, **now, "producer": capture})
    entries = [entry(app, one, due) for one in capture.found]
    if where is not None:
        _add(app, where, entries)
        return result
    try:
        app.store.put(entries)
    except Exception:  # of any store's driver
        if not is_urgent:
            raise
        logger.exception("The store cannot keep task %s until it is due: a worker does", result.id)
        return call(**{**options, "task_id": result.id})
    return result


def _add(app: Any, where: targets.Target, entries: list[New]) -> None:
    ids = [e.message.task_id for e in entries if e.message.task]
    wait_for_commit(ids, repr(where))
    try:
        where.add(app, entries)
    except BaseException:
        decided(ids)
        raise


def check_order(app: Any, name: str, order: Any, options: Mapping[str, Any]) -> None:
    """Whether a call can go out in the order of a key.

    Raises:
        BadCall: the key is no text, or the call is not for now, or for a connection of its own.
        NoStore: the app has none.
    """
    if not isinstance(order, str) or not order:
        raise BadCall(f"call of {name}: ordering_key={order!r} must be a text that is not empty")
    for option in ("countdown", "eta", "connection"):
        if options.get(option) is not None:
            raise BadCall(
                f"call of {name}: ordering_key= and {option}= do not go together: the order is that "
                "in which messages go to the broker. Leave one of them out"
            )
    if app._store is None:
        raise NoStore(
            f"call of {name}: ordering_key= needs a message store, and app {app.main!r} has none: "
            "SafeCelery(..., store=SQLAlchemyStore(engine)) or RedisStore(client)"
        )


def _in_order(
    app: Any, call: Callable[..., Any], options: Mapping[str, Any],
    where: targets.Target | None, order: str,
) -> Any:  # fmt: skip
    capture = Capture()
    result = call(**{**options, "producer": capture})
    entries = [_ordered(entry(app, one), order) for one in capture.found]
    if where is not None:
        _add(app, where, entries)
    else:
        getattr(app.store, "send", app.store.put)(entries)
    return result


def _ordered(new: New, order: str) -> New:
    if not new.message.task:
        return new  # an event
    details = {**new.details, "ordering_key": order}
    return replace(new, kind="ordered", reason=f"in the order of {order!r}", details=details)


def entry(app: Any, captured: Captured, due: Later | None = None) -> New:
    """What the store keeps: the message and, if the relay could not know them, its queues."""
    message = captured.message
    declared = [queue for queue in captured.declare if not _is_known(app, queue)]
    details = {"declare": [queue.as_dict(recurse=True) for queue in declared]} if declared else {}
    if due is None or not message.task:
        return New(message, "outbox", 0.0, details=details, id=_next_id())
    reason = f"due at {due.eta.isoformat(timespec='seconds')}"
    return New(message, "eta", due.delay, reason, details=details, id=_next_id())


def _next_id() -> str:
    """An id that sorts by the order of sending: rows of one moment go out in that order."""
    return f"{time.time_ns():016x}{next(_count) & 0xFFFFFF:06x}{secrets.token_hex(5)}"


def _is_known(app: Any, queue: Any) -> bool:
    name = queue if isinstance(queue, str) else queue.name
    return isinstance(queue, str) or dict.get(app.amqp.queues, name) is queue
