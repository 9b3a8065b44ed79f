"""The index as JSON and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lint_rules._engine.inventory import shape
from lint_rules._engine.inventory.records import VERSION, Inventory, SendEntry, TaskEntry

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def as_json(inventory: Inventory) -> str:
    """One object, its lists sorted by path and line."""
    document = {"version": VERSION, **asdict(inventory)}
    for app in document["apps"]:
        app["class"] = app.pop("cls")
    return json.dumps(document, indent=2)


def as_text(inventory: Inventory) -> str:
    """A part for each list that has something, one line for each thing."""
    parts: list[tuple[str, Iterator[str]]] = [
        ("apps", (f"{_at(a)}: {a.name or a.factory or '?'} = {a.cls}({a.main or ''})" for a in inventory.apps)),
        ("tasks", (f"{_at(t)}: {_task(t)}" for t in inventory.tasks)),
        ("sends", (f"{_at(s)}: {_send(s)}" for s in inventory.sends)),
        ("canvas", (f"{_at(c)}: {c.kind} of {', '.join(c.tasks) or '?'}" for c in inventory.canvas)),
        ("beat entries", (f"{_at(b)}: {b.name or '?'}: {b.resolved or b.task or '?'} {b.schedule or '?'}" for b in inventory.beat)),
        ("settings", (f"{_at(s)}: {s.written} = {s.text}" for s in inventory.settings)),
        ("queues", (f"{q.name}: {_count(len(q.tasks), 'task')}, named by {', '.join(q.used_by)}" for q in inventory.queues)),
        ("routes", (f"{_at(r)}: {r.pattern} -> {r.queue or '?'}" for r in inventory.routes)),
        ("transactions", (f"{_at(t)}-{t.end_line}: {t.text}" for t in inventory.transactions)),
        ("unknowns", (f"{u.path}{f':{u.line}' if u.line else ''}: {u.what}" for u in inventory.unknowns)),
    ]  # fmt: skip
    lines: list[str] = []
    for title, rows in parts:
        written = list(rows)
        if written:
            lines += [f"{title} ({len(written)})", *(f"  {row}" for row in written), ""]
    lines.append(f"{_count(len(inventory.tasks), 'task')} in {_count(inventory.files, 'file')}.")
    return "\n".join(lines)


def _at(entry: Any) -> str:
    return f"{entry.path}:{entry.line}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _task(task: TaskEntry) -> str:
    name = task.name or f"{task.module}.{task.function} (name unknown)"
    queue = f"  queue {task.queue}" if task.queue else ""
    return f"{name}{task.signature}{queue}"


def _send(send: SendEntry) -> str:
    target = ", ".join(send.tasks) or "?"
    if send.why:
        target += f" ({send.why})"
    marks = "  in a transaction" if send.in_transaction else ""
    return f"{send.receiver}.{send.method} -> {target}{marks}"


def schema() -> dict[str, Any]:
    """The JSON Schema of :func:`as_json`, made from the records."""
    return {"$schema": _SCHEMA, "title": "celery-safe index", **shape.of(Inventory, VERSION)}
