"""CS307 autoretry-not-a-tuple: Celery makes a tuple of it and fails when the app starts."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, insert

CODE = "CS307"
NAME = "autoretry-not-a-tuple"
PRESET = "default"

_OPTIONS = ("autoretry_for", "dont_autoretry_for")


def check(project: Project) -> Iterator[Finding]:
    """One exception where a tuple of them is meant."""
    for module, task in project.tasks():
        for name in _OPTIONS:
            option = task.options.get(name)
            if option is None or not _is_one_class(option.value):
                continue
            text = module.code(option.value)
            edits = (
                insert(module, option.value, "(", at_end=False),
                insert(module, option.value, ",)"),
            )
            yield finding(
                module,
                option.node,
                (CODE, NAME),
                f"{name}={text} is one class, not a tuple: TypeError when the task is registered; "
                f"write ({text},)",
                Fix("safe", f"write ({text},)", edits),
            )


def _is_one_class(node: ast.expr) -> bool:
    """Whether it is an exception class by its name: a built-in one, or one that ends as they do."""
    parts = dotted(node)
    if parts is None:
        return False
    builtin = getattr(builtins, parts[-1], None) if len(parts) == 1 else None
    is_builtin = isinstance(builtin, type) and issubclass(builtin, BaseException)
    return is_builtin or parts[-1].endswith(("Error", "Exception"))
