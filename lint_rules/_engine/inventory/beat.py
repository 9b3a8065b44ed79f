"""Beat entries of the index."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.collect_schedules import TYPED
from lint_rules._engine.inventory.naming import label
from lint_rules._engine.inventory.records import BeatEntry, TaskEntry
from lint_rules._engine.inventory.routing import Routing
from lint_rules._engine.inventory.text import source
from lint_rules._engine.literals import number
from lint_rules._engine.lookup import Place
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project


def entries(project: Project, routing: Routing, tasks: dict[int, TaskEntry]) -> Iterator[BeatEntry]:
    """Every beat entry."""
    schedules = project.schedules
    names = project.names() or {}
    signatures = {id(send.call): send for _, send in project.sends()}
    module_of = {id(task): module for module, task in project.tasks()}
    for module, entry in project.beat_entries():
        name = schedules.task_name(module, entry)
        task = names.get(name) if name else None
        if task is None and id(entry.task) in signatures:
            task = project.task_of(signatures[id(entry.task)])
        if task is None and entry.table == TYPED:
            task = project.task_of_entry(module, entry)
        why = f"no task of the project is called {name}" if name else "its name is computed"
        options = Place(entry.options, entry.scope, module) if entry.options else None
        kind, when = schedule(entry.schedule)
        yield BeatEntry(
            path=str(module.path),
            line=entry.node.lineno,
            name=entry.name,
            task=name,
            resolved=label(project, module_of[id(task)], task) if task is not None else None,
            why=why if task is None else None,
            schedule=when,
            kind=kind,
            is_certain=schedules.is_certain(module, entry),
            args=_source(entry.args),
            kwargs=_source(entry.kwargs),
            options=_source(entry.options),
            queue=routing.in_options(options)
            or (tasks[id(task)].queue if task is not None else None),
        )


def _source(node: ast.expr | None) -> str | None:
    return source(node) if node is not None else None


def schedule(node: ast.expr | None) -> tuple[str, str | None]:
    """The kind of a schedule, and its text: ``crontab``, ``interval``, ``solar`` or ``other``."""
    if node is None:
        return "none", None
    name = (dotted(node.func) or ("",))[-1] if isinstance(node, ast.Call) else ""
    kinds = {
        "crontab": "crontab",
        "solar": "solar",
        "timedelta": "interval",
        "schedule": "interval",
        "every": "interval",
        "daily": "crontab",
        "weekly": "crontab",
        "cron": "crontab",
    }
    kind = "interval" if number(node) is not None else kinds.get(name, "other")
    return kind, source(node)
