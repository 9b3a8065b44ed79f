"""Values that are written out in the code."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable

from lint_rules._engine.facts import Function
from lint_rules._engine.kept import kept

OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


def number(node: ast.expr | None) -> float | None:
    """A number such as ``60`` or ``60 * 60`` or ``3600 / 2``; None for anything else, True and False included."""
    if isinstance(node, ast.Constant):
        is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return float(node.value) if is_number else None  # type: ignore[arg-type]
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = number(node.left), number(node.right)
        if left is None or right is None:
            return None
        return (
            None
            if not right and "Div" in type(node.op).__name__
            else OPERATORS[type(node.op)](left, right)
        )
    return None


def assigned(function: Function | None, name: str) -> list[ast.expr]:
    """All values that plain assignments give a local name; none if anything else binds it too."""
    return _assignments(function).get(name, []) if function is not None else []


@kept
def _assignments(function: Function) -> dict[str, list[ast.expr]]:
    """The local names that only plain assignments bind, with their values: asked for by each send."""
    values: dict[str, list[ast.expr]] = {}
    stores: Counter[str] = Counter()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stores[node.id] += 1
    return {name: given for name, given in values.items() if len(given) == stores[name]}
