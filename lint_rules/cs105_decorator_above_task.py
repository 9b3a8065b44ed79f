"""CS105 decorator-above-task: it wraps the task object, so the worker never runs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.decorators import replaces
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding

CODE = "CS105"
NAME = "decorator-above-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Decorators above the task's own that put a plain function in its place."""
    for module, task in project.tasks():
        for decorator, origin in zip(_others(task), task.others, strict=True):
            is_above = decorator.lineno < task.decorator.lineno
            if not is_above or origin is None:
                continue
            if replaces(project, origin, is_called=isinstance(decorator, ast.Call)):
                written = ".".join(dotted(_callee(decorator)) or (origin,))
                yield finding(
                    module,
                    module.decorator_span(decorator),
                    (CODE, NAME),
                    f"@{written} stands above the task decorator: the worker runs {task.name} "
                    f"without it, and {task.name} has no .delay(); move it below",
                )


def _others(task: Task) -> list[ast.expr]:
    return [d for d in task.function.decorator_list if d is not task.decorator]


def _callee(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
