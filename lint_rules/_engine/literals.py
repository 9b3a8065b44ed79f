"""Values that are written out in the code."""

from __future__ import annotations

import ast


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
