"""The fix that writes a task's name."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Edit, Fix, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import insert


def named(module: Module, task: Task, name: str, applicability: str) -> Fix | None:
    """Give the task this name, in place of the one that is written; None where it cannot be written."""
    node = task.decorator
    written = task.options.get("name")
    if written is not None:
        at = module.span(written.value)
        edit = Edit(at.line, at.column, at.end_line, at.end_column, f'"{name}"')
    elif not isinstance(node, ast.Call):
        edit = insert(module, node, f'(name="{name}")')
    elif any(a.keyword is None for a in task.arguments):
        return None  # no keyword may stand before a positional argument
    elif task.arguments:
        first = min((a.node for a in task.arguments), key=lambda n: (n.lineno, n.col_offset))
        edit = insert(module, first, f'name="{name}", ', at_end=False)
    else:
        end = module.span(node)
        line, column = end.end_line, end.end_column - 1
        edit = Edit(line, column, line, column, f'name="{name}"')
    return Fix(applicability, f'write name="{name}"', (edit,))
