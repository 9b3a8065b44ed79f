"""CS110 no-time-limit: a task that hangs keeps its worker for ever."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS110"
NAME = "no-time-limit"
PRESET = "strict"

_OPTIONS = ("time_limit", "soft_time_limit")


def check(project: Project) -> Iterator[Finding]:
    """Tasks without a limit of their own where the project has none for all."""
    if _has_global_limit(project):
        return
    tasks = list(project.tasks())
    found = [
        finding(
            module,
            module.decorator_span(task.decorator),
            (CODE, NAME),
            f"task {task.name} has no time limit, so it holds its worker for ever when it hangs; "
            "set task_time_limit, or time_limit= of the task",
        )
        for module, task in tasks
        if not task.is_safe and not _may_be_limited(task)
    ]
    yield from once(found, len(tasks))


def _has_global_limit(project: Project) -> bool:
    """Whether a setting, or an argument of the app, may limit every task."""
    given = [s.value for m in project.modules for s in m.settings if _is_limit(s.name)]
    given += [
        a.value for _, call in project.app_calls() for a in call.arguments if _is_limit(a.keyword)
    ]
    return any(not _is_none(value) for value in given)


def _is_limit(name: str | None) -> bool:
    return name in ("task_time_limit", "task_soft_time_limit")


def _may_be_limited(task: Task) -> bool:
    if task.has_unknown_options or "base" in task.options:
        return True
    values = [task.option(name) for name in _OPTIONS]
    return any(value is not None and not _is_none(value) for value in values)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
