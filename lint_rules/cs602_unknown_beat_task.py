"""CS602 unknown-beat-task: the schedule names a task that nobody defines, so the worker discards it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.absent import absent
from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.facts import Edit, Finding, Fix
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS602"
NAME = "unknown-beat-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Entries in a beat schedule whose task's name is that of no task."""
    for module, entry in project.beat_entries():
        name = project.schedules.task_name(module, entry)
        if entry.task is None or not name or not project.schedules.is_certain(module, entry):
            continue
        missing = absent(project, name)
        if missing is None:
            continue
        hint = f"; did you mean {missing.nearest!r}?" if missing.nearest else ""
        yield finding(
            module,
            entry.task,
            (CODE, NAME),
            f"no task is called {name!r}, the worker discards it each time: {missing.why}{hint}",
            _fix(module, entry, missing.nearest),
        )


def _fix(module: Module, entry: BeatEntry, nearest: str | None) -> Fix | None:
    node = entry.task
    if nearest is None or not isinstance(node, ast.Constant):
        return None
    code = module.code(node)
    quote = code[0]
    if quote not in "\"'" or code.count(quote) != 2:
        return None
    span = module.span(node)
    edit = Edit(span.line, span.column, span.end_line, span.end_column, f"{quote}{nearest}{quote}")
    return Fix("unsafe", f"write {nearest}", (edit,))
