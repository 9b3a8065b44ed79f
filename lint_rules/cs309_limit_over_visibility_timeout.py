"""CS309 limit-over-visibility-timeout: the broker hands out again what is still running."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.broker import visibility
from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.seconds import seconds

CODE = "CS309"
NAME = "limit-over-visibility-timeout"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Time limits of the project and of tasks that are longer than the visibility timeout."""
    timeout = visibility(project)
    if timeout is None or (project.uses_safe_celery and not timeout.is_written):
        return  # SafeCelery raises the timeout above its limits
    for module, node, where in _limits(project):
        limit = seconds(module, node)
        if limit is not None and limit > timeout.seconds:
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"{where} may run {limit:g} s, longer than {timeout}: then its message, if acknowledged late, "
                "and those that wait behind it are handed out again; raise visibility_timeout above it",
            )


def _limits(project: Project) -> Iterator[tuple[Module, ast.expr, str]]:
    for module in project.modules:
        for setting in module.settings:
            if setting.name == "task_time_limit":
                yield module, setting.value, "a task"
    for module, task in project.tasks():
        option = task.options.get("time_limit") or task.options.get("soft_time_limit")
        if option is not None:
            yield module, option.value, f"task {task.name}"
