"""Messages on the shelf for people: reading them, and sending them again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kombu.utils.imports import symbol_by_name
from kombu.utils.json import dumps
from kombu.utils.json import loads as json_loads

from celery_safe.calls import call_of
from celery_safe.errors import Misfit
from celery_safe.message import Message
from celery_safe.store import Entry

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery

#: The new task's header with the id of the one that it was made from.
REPLAYED_FROM = "replayed_from"
_NAMESPACE = uuid.UUID("5b9d6c1e-0f6f-4e2a-9b1e-0a6e2d5a7c11")
_SECRET = re.compile(
    r"pass(word|wd)?$|secret|token|api_?key|authorization|credential", re.IGNORECASE
)


def redacted(_task: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Without what looks like a secret; ``safe_redact`` names a function of your own for this."""
    if isinstance(kwargs, dict):
        kwargs = {k: "***" if _SECRET.search(k) else v for k, v in kwargs.items()}
    return args, kwargs


def described(app: SafeCelery, entry: Entry) -> dict[str, Any]:
    """An entry as the commands print it."""
    name = app.conf.get("safe_redact")
    redact: Any = symbol_by_name(name) if name else redacted
    try:
        args, kwargs = redact(entry.message.task, *call_of(entry.message)[:2])
    except Misfit as error:
        args, kwargs = None, {"unreadable": str(error)}
    return {
        "id": entry.id, "kind": entry.kind, "task": entry.message.task,
        "task_id": entry.message.task_id, "queue": entry.message.routing_key,
        "created_at": entry.created_at, "due_at": entry.due_at, "reason": entry.reason,
        "attempts": entry.attempts, "args": args, "kwargs": kwargs, "details": dict(entry.details),
        "error": entry.error, "root_id": entry.message.headers.get("root_id"),
        REPLAYED_FROM: entry.message.headers.get(REPLAYED_FROM),
    }  # fmt: skip


def replayed(
    app: SafeCelery,
    entry: Entry,
    changes: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
) -> Message:
    """The message of a new task with the same call.

    It has a new id (the same each time, so that a second replay after a crash is to be seen), keeps
    its root, starts at no retries, at once and without expiry, and is no member of a chord any more:
    that has failed, or was finished, without it.

    Args:
        app: whose task it is.
        entry: the message.
        changes: keyword arguments to set.
        without: keyword arguments to leave out.

    Raises:
        Misfit: today's task does not take the call, with the difference.
    """
    message = entry.message
    args, kwargs, embed = call_of(message)
    kwargs = {k: v for k, v in {**kwargs, **(changes or {})}.items() if k not in without}
    task = app.tasks.get(message.task)
    if task is None:
        raise Misfit(f"task {message.task} is not known to this app")
    try:
        task.__header__(*args, **kwargs)
    except TypeError as error:
        raise Misfit(f"task {message.task} does not take the call today: {error}") from error
    embed = {**(embed or {}), "chord": None}
    task_id = str(uuid.uuid5(_NAMESPACE, f"{entry.id}|{entry.created_at}"))
    headers = {
        **message.headers, "id": task_id, "retries": 0, "eta": None, "expires": None, "group": None,
        "group_index": None, REPLAYED_FROM: message.task_id,
        "argsrepr": repr(args), "kwargsrepr": repr(kwargs),
    }  # fmt: skip
    headers.pop("compression", None)
    properties = {k: v for k, v in message.properties.items() if k != "expiration"}
    return replace(
        message,
        body=dumps([args, kwargs, embed]).encode(),
        content_type="application/json",
        content_encoding="utf-8",
        headers=headers,
        properties={**properties, "correlation_id": task_id},
    )


def send(app: SafeCelery, message: Message) -> None:
    """Publish, confirmed by the broker; raises what it raises."""
    with app.producer_or_acquire() as producer:
        message.publish(
            producer,
            retry=True,
            retry_policy={"max_retries": 3},
            confirm_timeout=app.conf.get("safe_confirm_timeout"),
        )


def replay(
    app: SafeCelery,
    entry: Entry,
    changes: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
) -> str:
    """Send an entry's call again, then take the entry off the shelf; the new task's id.

    Raises:
        Misfit: it would fail again.
    """
    message = replayed(app, entry, changes, without)
    send(app, message)
    app.store.discard([entry.id])
    return message.task_id


def parse_change(text: str) -> tuple[str, Any]:
    """``kwargs.name=json`` as name and value.

    Raises:
        ValueError: it is not of that form.
    """
    name, separator, value = text.partition("=")
    if not separator or not name.startswith("kwargs."):
        raise ValueError(f"{text!r}: write kwargs.name=value, the value as JSON: kwargs.cc=null")
    try:
        return name.removeprefix("kwargs."), json_loads(value)
    except ValueError as error:
        raise ValueError(
            f"{text!r}: {value!r} is no JSON; a text needs quotes: '\"{value}\"'"
        ) from error
