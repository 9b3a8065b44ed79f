"""CS110 no-time-limit: a task that hangs keeps its worker for ever."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS110"
NAME = "no-time-limit"
PRESET = "strict"

_OPTIONS = ("time_limit", "soft_time_limit")
#: So many classes above a task's are asked.
_MOST = 100


def check(project: Project) -> Iterator[Finding]:
    """Tasks without a limit of their own where the project has none for all."""
    # Where the app is not seen, as in a hook that gets one file, its settings are not either.
    has_app = any(True for _ in project.app_calls())
    if not has_app or not conf.is_seen(project) or _has_global_limit(project):
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
        if not task.is_safe and not _may_be_limited(project, module, task)
    ]
    yield from once(found, len(tasks))


def _has_global_limit(project: Project) -> bool:
    """Whether a setting, or an argument of the app, may limit every task."""
    given = conf.settings(project, "task_time_limit", "task_soft_time_limit")
    return any(not _is_none(setting.value) for _, setting in given)


def _may_be_limited(project: Project, module: Module, task: Task) -> bool:
    if task.has_unknown_options:
        return True
    values = [task.option(name) for name in _OPTIONS]
    if any(value is not None and not _is_none(value) for value in values):
        return True
    base = task.option("base")
    name = dotted(base) if base is not None else None
    if name is None:
        return base is not None
    bound = module.bindings.get(name[0])
    return bound is None or _class_limits(
        project, ".".join((module.origin(bound, name[0]), *name[1:])), set()
    )


def _class_limits(project: Project, origin: str, seen: set[str]) -> bool:
    """Whether a base class of the project, or one above it, has a limit in its body."""
    if origin in seen:
        return False
    seen.add(origin)
    found = project.definition(origin)
    node = found[0].definitions.get(found[1]) if found else None
    if found is None or not isinstance(node, ast.ClassDef) or len(seen) > _MOST:
        return False  # another package's base class: those that are known set none
    names = {t.id for s in node.body for t in ast.walk(s) if isinstance(t, ast.Name)}
    return not names.isdisjoint(_OPTIONS) or any(
        _class_limits(project, base.origin, seen)
        for base in found[0].classes[found[1]]
        if base.origin
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
