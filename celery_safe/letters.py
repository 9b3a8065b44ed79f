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

from celery_safe import history, signature
from celery_safe.beat import MARKS as BEAT_MARKS
from celery_safe.calls import by_name, call_of
from celery_safe.errors import Misfit
from celery_safe.gate import shelving
from celery_safe.gate.redelivery import HEADER as REDELIVERIES
from celery_safe.message import Message
from celery_safe.store import Entry

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery

#: The new task's header with the id of the one that it was made from.
REPLAYED_FROM = "replayed_from"
#: Seconds for which an entry belongs to the one who replays it.
LOCKED = 60.0
_NAMESPACE = uuid.UUID("5b9d6c1e-0f6f-4e2a-9b1e-0a6e2d5a7c11")
_SECRET = re.compile(
    r"pass(word|wd)?$|secret|token|api_?key|authorization|credential", re.IGNORECASE
)


def redacted(_task: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Without what looks like a secret; ``safe_redact`` names a function of your own for this."""
    return _hidden(args), _hidden(kwargs)


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "***" if _SECRET.search(str(k)) else _hidden(v) for k, v in value.items()}
    return [_hidden(v) for v in value] if isinstance(value, list | tuple) else value


def _hidden_by_name(task: Any, args: Any) -> Any:
    """Positional arguments, without those whose parameter is called like a secret."""
    if not isinstance(args, list | tuple):
        return args
    names = list(by_name(task, args, {}))
    hidden = {n for n, name in enumerate(names) if _SECRET.search(name)}
    return ["***" if n in hidden else value for n, value in enumerate(args)]


def described(app: SafeCelery, entry: Entry) -> dict[str, Any]:
    """An entry as the commands print it."""
    task = app.tasks.get(entry.message.task)
    name = app.conf.get("safe_redact")
    misfit = None
    try:
        args, kwargs, _ = call_of(entry.message)
        misfit = signature.difference(task, entry.message.task, args, kwargs)
        if name:
            redact: Any = symbol_by_name(name)
            args, kwargs = redact(entry.message.task, args, kwargs)
        else:
            args, kwargs = redacted(entry.message.task, _hidden_by_name(task, args), kwargs)
    except Misfit as error:
        args, kwargs, misfit = None, {"unreadable": str(error)}, str(error)
    return {
        "id": entry.id, "kind": entry.kind, "task": entry.message.task,
        "task_id": entry.message.task_id, "queue": entry.message.routing_key,
        "created_at": entry.created_at, "due_at": entry.due_at, "reason": entry.reason,
        "attempts": entry.attempts, "args": args, "kwargs": kwargs, "misfit": misfit,
        "details": dict(entry.details), "error": entry.error,
        "root_id": entry.message.headers.get("root_id"),
        REPLAYED_FROM: entry.message.headers.get(REPLAYED_FROM),
    }  # fmt: skip


def replayed(
    app: SafeCelery,
    entry: Entry,
    changes: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
    *,
    anyway: bool = False,
) -> Message:
    """The message that a replay sends.

    Of a dead letter it is a new task with the same call. It has a new id (the same each time, so
    that a second replay after a crash is to be seen), keeps its root, starts at no retries, at once
    and without expiry, and is no member of a chord any more: that has failed, or was finished,
    without it. What has never run keeps its id, and its chord.

    Args:
        app: whose task it is.
        entry: the message.
        changes: arguments to set: ``kwargs.NAME`` or ``args.NUMBER``.
        without: keyword arguments to leave out.
        anyway: send it also if today's task does not take it.

    Raises:
        Misfit: today's task does not take the call, with the difference.
    """
    message = entry.message
    args, kwargs, embed = call_of(message)
    args, kwargs = _changed(args, kwargs, changes or {}, without)
    misfit = signature.difference(app.tasks.get(message.task), message.task, args, kwargs)
    if misfit is not None and not anyway:
        raise Misfit(misfit)
    headers = {**message.headers, "eta": None, "argsrepr": repr(args), "kwargsrepr": repr(kwargs)}
    headers.pop("compression", None)
    properties = dict(message.properties)
    embed = dict(embed or {})
    if entry.kind == "dead":
        task_id = str(uuid.uuid5(_NAMESPACE, f"{entry.id}|{entry.created_at}"))
        headers.update(id=task_id, retries=0, expires=None, group=None, group_index=None)
        headers[REPLAYED_FROM] = message.task_id
        for name in (*BEAT_MARKS, REDELIVERIES):  # it is no tick of a schedule any more
            headers.pop(name, None)
        properties.pop("expiration", None)
        properties["correlation_id"] = task_id
        embed["chord"] = None
    return shelving.released(
        replace(
            message,
            body=dumps([args, kwargs, embed]).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            properties=properties,
        )
    )


def _changed(
    args: Any, kwargs: Any, changes: Mapping[str, Any], without: Collection[str]
) -> tuple[list[Any], dict[str, Any]]:
    args, kwargs = list(args), dict(kwargs)
    for place, value in changes.items():
        kind, _, name = place.partition(".")
        if kind == "kwargs":
            kwargs[name] = value
        elif int(name) < len(args):
            args[int(name)] = value
        elif int(name) == len(args):
            args.append(value)
        else:
            raise Misfit(f"args.{name}: there are only {len(args)} positional arguments")
    return args, {k: v for k, v in kwargs.items() if k not in without}


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
    *,
    anyway: bool = False,
    by: str | None = None,
) -> str:
    """Send an entry's call again, then take the entry off the shelf; the task's id.

    Args:
        app: whose task it is.
        entry: the message.
        changes: see :func:`replayed`.
        without: see :func:`replayed`.
        anyway: see :func:`replayed`.
        by: who asks for it, for the history.

    Raises:
        Misfit: it would fail again, or somebody else is sending it right now.
    """
    message = replayed(app, entry, changes, without, anyway=anyway)
    records, by = app.store.records, by or history.me()
    if not records.reserve("lock", f"replay|{entry.id}", {"by": by}, LOCKED):
        raise Misfit("somebody else replays it right now")
    try:
        now = app.store.get(entry.id)
        if now is None:
            raise Misfit("it is no longer on the shelf: somebody else has sent or discarded it")
        if now.owner is not None and (now.lease_until or 0.0) > app.store.now():
            raise Misfit("it is being published right now")
        send(app, message)
        old, new = entry.message.task_id, message.task_id
        history.note(
            records, old, "replayed", as_id=new, by=by, kind=entry.kind, reason=entry.reason
        )
        if new != old:
            history.note(records, new, "replay", of_id=old, by=by)
        app.store.discard([entry.id])
    finally:
        records.erase("lock", [f"replay|{entry.id}"])
    return message.task_id


def discard(app: SafeCelery, entry: Entry, by: str | None = None) -> bool:
    """Delete an entry for good; False if it is being published, or gone already."""
    if not app.store.discard([entry.id]):
        return False
    history.note(
        app.store.records, entry.message.task_id, "discarded", by=by or history.me(),
        kind=entry.kind, reason=entry.reason,
    )  # fmt: skip
    return True


def parse_change(text: str) -> tuple[str, Any]:
    """``kwargs.name=json`` or ``args.0=json`` as place and value.

    Raises:
        ValueError: it is not of that form.
    """
    place, separator, value = text.partition("=")
    if not separator or not re.fullmatch(r"kwargs\.\w+|args\.\d+", place):
        raise ValueError(
            f"{text!r}: write kwargs.name=value or args.0=value, the value as JSON: kwargs.cc=null"
        )
    try:
        return place, json_loads(value)
    except ValueError as error:
        raise ValueError(
            f"{text!r}: {value!r} is no JSON; a text needs quotes: '\"{value}\"'"
        ) from error
