"""The functions that a decorator of the project makes, and the name that a task gets from one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from lint_rules._engine.facts import Function, Task
from lint_rules._engine.names import Binding
from lint_rules._engine.returns import local_values, returned

if TYPE_CHECKING:
    from lint_rules._engine.module import Module

#: Gives the module, name and binding behind an origin, if it is the project's.
Definition = Callable[[str], "tuple[Module, str, Binding] | None"]


def hidden_name(definition: Definition, task: Task) -> str | None:
    """The name of the wrapper right below the task decorator, if the function's own is hidden by it."""
    others = (d for d in task.function.decorator_list if d is not task.decorator)
    for decorator, origin in zip(others, task.others, strict=True):
        if decorator.lineno > task.decorator.lineno:
            is_called = isinstance(decorator, ast.Call)
            return name_given(definition, origin, is_called=is_called) if origin else None
    return None


def name_given(definition: Definition, origin: str, *, is_called: bool) -> str | None:
    """The name, with its module, of a wrapper that hides the function's own: one without ``wraps``."""
    found = definition(origin)
    node = found[0].definitions.get(found[1]) if found else None
    if found is None or not isinstance(node, ast.FunctionDef) or _sets_the_name(node):
        return None
    makers = [f for v in returned(node) for f in functions(node, v)] if is_called else [node]
    inner = [f for m in makers for v in returned(m) for f in functions(m, v)]
    names = {".".join((*found[0].name, f.name)) if not f.decorator_list else None for f in inner}
    return names.pop() if len(names) == 1 else None


def functions(function: Function, value: ast.expr) -> list[Function]:
    """The functions inside ``function`` that ``value`` names; ``wraps(f)(inner)`` is inner."""
    if isinstance(value, ast.Call) and len(value.args) == 1 and isinstance(value.func, ast.Call):
        made = value.func.func
        wraps = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
        return functions(function, value.args[0]) if wraps == "wraps" else []
    if not isinstance(value, ast.Name):
        return []
    found = local_values(function, value.id)
    named = [f for f in found if isinstance(f, Function)]
    return named if len(named) == len(found) else []


def _sets_the_name(function: Function) -> bool:
    """Whether anything in it gives a function another name."""
    return any(
        (isinstance(n, ast.Attribute) and n.attr in ("__name__", "wraps", "update_wrapper"))
        or (isinstance(n, ast.Name) and n.id in ("wraps", "update_wrapper", "setattr"))
        for n in ast.walk(function)
    )
