"""CS302 retry-swallowed: a broad except catches the exception that asks for the retry."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import Guard, Retries, caught

CODE = "CS302"
NAME = "retry-swallowed"
PRESET = "default"

_BROAD = frozenset({"Exception", "BaseException"})
_RETRY = frozenset({"celery.exceptions.Retry", "celery.exceptions.TaskPredicate"})


def check(project: Project) -> Iterator[Finding]:
    """Calls of ``self.retry()`` in a ``try`` whose handler keeps the exception."""
    for module, task in project.tasks():
        for call, guards in Retries(task).calls:
            if _does_not_throw(call):
                continue
            for guard in reversed(guards):
                fate = _fate(project, module, guard)
                if fate == "swallowed":
                    yield finding(
                        module,
                        call,
                        (CODE, NAME),
                        f"the except around this retry of task {task.name} catches the Retry that it raises, so the task "
                        "ends as succeeded; write `except Retry: raise` before it, or retry outside the try",
                    )
                if fate != "passes":
                    break


def _does_not_throw(call: ast.Call) -> bool:
    return any(k.arg == "throw" for k in call.keywords)


def _fate(project: Project, module: Module, guard: Guard) -> str:
    """What the handlers do with a Retry: it ``passes``, is ``swallowed``, or is ``raised`` anew."""
    for handler in guard.handlers:
        if any(_catches(project, module, node) for node in caught(handler)):
            last = handler.body[-1]
            if isinstance(last, ast.Raise) and last.exc is None:
                return "passes"
            return "raised" if any(map(_leaves, handler.body)) else "swallowed"
    return "passes"


def _leaves(statement: ast.stmt) -> bool:
    """Whether something in it raises, or asks for a retry again."""
    return any(
        isinstance(node, ast.Raise)
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "retry"
        )
        for node in ast.walk(statement)
    )


def _catches(project: Project, module: Module, node: ast.expr | None) -> bool:
    if isinstance(node, ast.Name):
        given = module.values_of(node.id)
        if len(given) == 1 and isinstance(given[0], ast.Tuple):
            return any(_catches(project, module, part) for part in given[0].elts)
    parts = dotted(node) if node else None
    if node is None or (parts and len(parts) == 1 and parts[0] in _BROAD):
        return True
    binding = module.bindings.get(parts[0]) if parts else None
    if not parts or binding is None:
        return False
    return project.canonical(".".join((module.origin(binding, parts[0]), *parts[1:]))) in _RETRY
