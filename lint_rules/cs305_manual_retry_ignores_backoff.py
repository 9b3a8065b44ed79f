"""CS305 manual-retry-ignores-backoff: self.retry() waits default_retry_delay, never retry_backoff."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import Retries

CODE = "CS305"
NAME = "manual-retry-ignores-backoff"
PRESET = "default"

#: What tells ``retry`` when to run again.
_WHEN = frozenset({"countdown", "eta"})
#: ``retry(args, kwargs, exc, throw, eta, countdown)``: the fifth and sixth by position.
_BY_POSITION = 4


def check(project: Project) -> Iterator[Finding]:
    """Calls of ``self.retry()`` without a delay, in a task that has ``retry_backoff``."""
    for module, task in project.tasks():
        backoff = task.option("retry_backoff")
        if backoff is None or _is_off(backoff):
            continue
        for call, _ in Retries(task).calls:
            if _says_when(call):
                continue
            yield finding(
                module,
                call,
                (CODE, NAME),
                f"retry_backoff of task {task.name} is for autoretry_for only: this retry waits "
                "default_retry_delay, 180 s unless written; give it a countdown, "
                "or name the error in autoretry_for",
            )


def _is_off(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _says_when(call: ast.Call) -> bool:
    return (
        len(call.args) > _BY_POSITION
        or any(isinstance(a, ast.Starred) for a in call.args)
        or any(k.arg is None or (k.arg in _WHEN and not _is_none(k.value)) for k in call.keywords)
    )
