"""CS307 autoretry-not-a-tuple: Celery makes a tuple of it and fails when the app starts."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, tuple_of_one

CODE = "CS307"
NAME = "autoretry-not-a-tuple"
PRESET = "default"

_OPTIONS = ("autoretry_for", "dont_autoretry_for")


def check(project: Project) -> Iterator[Finding]:
    """One exception where a tuple of them is meant."""
    for module, task in project.tasks():
        for name in _OPTIONS:
            value = task.option(name)
            if value is None or not _is_one_class(project, module, value):
                continue
            option, text = task.options.get(name), ast.unparse(value)
            given = option or task.options.get("base")
            is_here = option is not None and not option.is_spread
            yield finding(
                module,
                given.node if given else module.decorator_span(task.decorator),
                (CODE, NAME),
                f"{name}={text} of task {task.name} is one class, not a tuple: TypeError when the "
                f"task is registered; write ({text},)",
                Fix("safe", f"write ({text},)", tuple_of_one(module, value)) if is_here else None,
            )


def _is_one_class(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether it is a class: a built-in exception, one of the project, or one that is called so."""
    parts = dotted(node)
    if parts is None:
        return False
    builtin = getattr(builtins, parts[-1], None) if len(parts) == 1 else None
    if isinstance(builtin, type) and issubclass(builtin, BaseException):
        return True
    binding = module.bindings.get(parts[0])
    if binding is not None:
        home = project.canonical(".".join((module.origin(binding, parts[0]), *parts[1:])))
        found = project.definition(home)
        if found is not None:
            return found[1] in found[0].classes
        parts = tuple(home.split("."))
    return parts[-1].endswith(("Error", "Exception"))
