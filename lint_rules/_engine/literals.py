"""Values that are written out in the code."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Function


def number(node: ast.expr | None) -> float | None:
    """A number such as ``60`` or ``60 * 60``; None for anything else, True and False included."""
    if isinstance(node, ast.Constant):
        is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return float(node.value) if is_number else None  # type: ignore[arg-type]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        left, right = number(node.left), number(node.right)
        if left is None or right is None:
            return None
        return left * right if isinstance(node.op, ast.Mult) else left + right
    return None


def assigned(function: Function | None, name: str) -> list[ast.expr]:
    """All values that plain assignments give a local name; none if anything else binds it too."""
    if function is None:
        return []
    values: list[ast.expr] = []
    stores = plain = 0
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            named = [t for t in node.targets if isinstance(t, ast.Name) and t.id == name]
            plain += len(named)
            values += [node.value] * len(named)
        elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            stores += 1
    return values if stores == plain else []
