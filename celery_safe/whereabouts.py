"""All that is known of one task, joined: broker, workers, shelf, result, switches, history.

Each source is asked by itself; what could not be asked is a fact too, and never an absence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from celery_safe import history
from celery_safe.broker.search import CannotSearch, Found, Looked, search
from celery_safe.gate import poison, switches
from celery_safe.gate.starts import RUNNING
from celery_safe.store import Entry, Filter

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery

#: Seconds to wait for the workers' answers.
PATIENCE = 1.5


@dataclass(frozen=True)
class Fact:
    """One thing that is known, or why it is not.

    Attributes:
        where: the source: ``result``, ``queue``, ``worker``, ``shelf``, ``started`` and the like.
        what: one line for people.
        known: False for "could not be asked" and "not there".
        more: the same for programs.
    """

    where: str
    what: str
    known: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"where": self.where, "what": self.what, "known": self.known, **self.more}


def clock(seconds: float | None) -> str:
    """Seconds since 1970 for people."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def whereabouts(app: SafeCelery, task_id: str, *, take: bool = False) -> Iterator[Fact]:
    """Everything that is known of a task.

    Args:
        app: whose task; its broker, result backend and store are asked.
        task_id: its id.
        take: on AMQP, take each waiting message and give it back.
    """
    about: set[str] = set()
    sources: list[tuple[str, Callable[[], Iterator[Fact]]]] = [
        ("result", lambda: _result(app, task_id)),
        ("queues", lambda: _queues(app, task_id, take)),
        ("workers", lambda: _workers(app, task_id)),
        ("shelf", lambda: _shelf(app, task_id)),
        ("history", lambda: _history(app, task_id)),
        ("switches", lambda: _switches(app, about)),
    ]
    for name, source in sources:
        try:
            for fact in source():
                about |= {fact.more["task"]} if fact.more.get("task") else set()
                yield fact
        except Exception as error:  # noqa: BLE001 (said, and the others are still asked)
            yield Fact(name, f"could not be asked: {_said(error)}", known=False)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def _result(app: SafeCelery, task_id: str) -> Iterator[Fact]:
    result = app.AsyncResult(task_id)
    if not app.conf.result_backend:
        yield Fact("result", "the app has no result backend", known=False)
        return
    state = result.state
    if state == "PENDING":
        yield Fact("result", "PENDING: no result is stored", known=False)
        return
    more = {"state": state, "task": getattr(result, "name", None)}
    text = state if result.date_done is None else f"{state} at {result.date_done}"
    if result.failed() or state in ("REVOKED", "RETRY"):
        text += f": {type(result.result).__name__}: {result.result}"
    elif state == "STARTED" and isinstance(result.info, dict):
        text += f" on {result.info.get('hostname')}, process {result.info.get('pid')}"
    yield Fact("result", text, more=more)


def _queues(app: SafeCelery, task_id: str, take: bool) -> Iterator[Fact]:
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
        try:
            for found in search(connection, list(app.amqp.queues), task_id, take=take):
                yield _in_queue(found)
        except CannotSearch as error:
            yield Fact("queues", f"could not be looked into: {error}", known=False)


def _in_queue(found: Found | Looked) -> Fact:
    if isinstance(found, Looked):
        names = ", ".join(found.queues) or "no queue"
        rest = "" if found.is_all else "; the time was up before all were seen"
        text = f"looked at {found.messages} messages of {names}{rest}"
        return Fact("queues", text, known=False)
    text = f"{found.state} in {found.queue}"
    if found.ahead is not None:
        text += f", {found.ahead} before it"
    if found.since is not None:
        text += f", its worker last heard of {clock(found.since)}"
    for name in ("eta", "expires", "retries", "replayed_from"):
        if found.headers.get(name):
            text += f", {name} {found.headers[name]}"
    more = {"task": found.headers.get("task"), "queue": found.queue, "state": found.state}
    return Fact("queue", text, more={**more, "ahead": found.ahead})


def _workers(app: SafeCelery, task_id: str) -> Iterator[Fact]:
    answers: dict[str, Any] = app.control.inspect(timeout=PATIENCE).query_task(task_id) or {}
    for worker, found in answers.items():
        for kind, info in (found or {}).values():
            text = f"{_STATES.get(kind, kind)} on {worker}"
            if info.get("worker_pid"):
                text += f", process {info['worker_pid']}"
            if info.get("time_start"):
                text += f", since {clock(info['time_start'])}"
            more = {"worker": worker, "state": kind, "task": info.get("name"),
                    "pid": info.get("worker_pid"), "since": info.get("time_start")}  # fmt: skip
            yield Fact("worker", f"{text}: {info.get('name')}", more=more)
    if not answers:
        yield Fact("workers", f"no worker answered within {PATIENCE:g} s", known=False)
    else:
        yield Fact("workers", f"{len(answers)} answered: {', '.join(sorted(answers))}", known=False)


_STATES = {"active": "runs", "reserved": "waits for a free process", "ready": "has ended"}


def _shelf(app: SafeCelery, task_id: str) -> Iterator[Fact]:
    for entry in app.store.list(Filter(id_prefix=task_id)):
        if task_id in (entry.message.task_id, entry.id):
            yield _on_shelf(entry)


def _on_shelf(e: Entry) -> Fact:
    text = f"{e.kind} since {clock(e.created_at)}"
    if e.due_at is not None:
        text += f", due {clock(e.due_at)}"
    if e.owner:
        text += ", being published"
    if e.attempts:
        text += f", {e.attempts} attempts"
    text += f": {e.reason}"
    origin = e.message.headers.get("replayed_from")
    if origin:
        text += f" (a replay of {origin})"
    return Fact("shelf", text, more={"id": e.id, "kind": e.kind, "task": e.message.task})


def _history(app: SafeCelery, task_id: str) -> Iterator[Fact]:
    records = app.store.records
    for record in history.lines(records, task_id):
        yield Fact("history", f"{clock(record.written_at)} {_line(record.value)}")
    for start in records.read(RUNNING, f"{task_id}|"):
        found = records.read(poison.WORKERS, start.key.rpartition("|")[2])
        if found:
            value = found[0].value
            who = (
                f"{value['name']} (main process {value['pid']} on {value['host']}), "
                f"last heard of {clock(found[0].written_at)}"
            )
        else:
            who = "a worker that has not told its name"
        text = f"{clock(start.written_at)} on {who}; its end has not been seen"
        yield Fact("started", text, more={"task": start.value.get("task")})
    for record in records.read(poison.LOSSES, task_id):
        for loss in record.value["losses"] if record.key == task_id else ():
            yield Fact("lost", f"{clock(loss['at'])}: {loss['how']}")


def _line(value: Any) -> str:
    words = [str(value["what"])]
    for key, word in (("as_id", "as"), ("of_id", "of"), ("kind", "after it was"), ("by", "by")):
        if value.get(key):
            words.append(f"{word} {value[key]}")
    if value.get("since"):
        words.append(f"since {clock(value['since'])}")
    return " ".join(words) + (f": {value['reason']}" if value.get("reason") else "")


def _switches(app: SafeCelery, tasks: set[str]) -> Iterator[Fact]:
    for s in switches.read(app.store.records):
        if any(fnmatchcase(task, s.task) for task in tasks):
            until = f" until {clock(s.until)}" if s.until else ""
            yield Fact(
                "switch",
                f"{s} is off ({s.mode}) since {clock(s.at)}{until}, by {s.who}: {s.reason}",
            )
