"""CS310 late-acknowledgement-without-limit: a run longer than the broker waits is repeated."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.broker import visibility
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS310"
NAME = "late-acknowledgement-without-limit"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``acks_late`` on Redis or SQS with neither a time limit nor a visibility timeout."""
    timeout = visibility(project)
    if timeout is None or timeout.is_written or project.uses_safe_celery:
        return
    settings = [(m, s) for m in project.modules for s in m.settings]
    if any(s.name == "task_time_limit" for _, s in settings):
        return
    message = (
        f"{{}} acknowledged late and has no time limit: a run longer than {timeout} "
        "is started again while it goes on; write a time_limit and a visibility_timeout above it"
    )
    for module, setting in settings:
        if setting.name == "task_acks_late" and _is_true(setting.value):
            yield finding(module, setting.node, (CODE, NAME), message.format("every task is"))
            return
    late = [
        (module, task, option)
        for module, task in project.tasks()
        if (option := task.options.get("acks_late")) and _is_true(option.value)
    ]
    found = [
        finding(module, option.node, (CODE, NAME), message.format(f"task {task.name} is"))
        for module, task, option in late
        if not _has_limit(task)
    ]
    yield from once(found, len(late), "tasks with acks_late")


def _has_limit(task: Task) -> bool:
    return task.has_unknown_options or "time_limit" in task.options or "base" in task.options


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
