"""CS309 limit-over-visibility-timeout: the broker hands out again what is still running."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.broker import visibility
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.seconds import seconds

CODE = "CS309"
NAME = "limit-over-visibility-timeout"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Time limits over the visibility timeout, of the project and of tasks acknowledged late."""
    timeout = visibility(project)
    if timeout is None or (project.uses_safe_celery and not timeout.is_written):
        return  # SafeCelery raises the timeout above its limits
    for module, node, where in _limits(project):
        limit = seconds(module, node, lookup=project.lookup)
        if limit is not None and limit > timeout.seconds:
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"{where} is acknowledged late and may run {limit:g} s, longer than {timeout}: then it is "
                "handed out again while it runs; raise visibility_timeout above it",
            )


def _limits(project: Project) -> Iterator[tuple[Module, ast.expr, str]]:
    by_setting = any(conf.is_true(s.value) for _, s in conf.settings(project, "task_acks_late"))
    late = [(m, t) for m, t in project.tasks() if _is_late(t, by_setting=by_setting)]
    for module, task in late:
        value = task.option("time_limit") or task.option("soft_time_limit")
        own = task.options.get("time_limit") or task.options.get("soft_time_limit")
        if value is not None and (own or "base" in task.options):
            yield module, value, f"task {task.name}"
    if by_setting or late:
        for module, setting in conf.settings(project, "task_time_limit"):
            yield module, setting.value, "a task"


def _is_late(task: Task, *, by_setting: bool) -> bool:
    option = task.option("acks_late")
    return by_setting if option is None else conf.is_true(option)
