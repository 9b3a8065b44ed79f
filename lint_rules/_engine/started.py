"""Canvases that are sent by calling them: ``group(...)()``, ``chord(...)(body)``, ``(a.s() | b.s())()``."""

from __future__ import annotations

import ast
from collections.abc import Set

from lint_rules._engine.names import Scope, last_name

#: How such a send is called among the methods.
CALLED = "__call__"
_MAKERS = frozenset({"chain", "group", "chord", "chunks"})
#: Methods of a canvas that give it back.
_SAME = frozenset({"set", "clone", "on_error"})


def may_be_canvas(node: ast.expr, scope: Scope) -> bool:
    """Whether what is called looks like one; what its names stand for is for others to tell."""
    if not isinstance(node, ast.Name):
        return _looks_like_one(node)
    seen: Scope | None = scope
    while seen is not None:
        if node.id in seen.bindings:
            return any(v is not None and _looks_like_one(v) for v in seen.values.get(node.id, ()))
        seen = seen.parent
    return False


def kept_method(node: ast.Name, scope: Scope, methods: Set[str]) -> ast.Attribute | None:
    """``charge.delay`` of a function that says ``send = charge.delay`` and nothing else of the name."""
    if not scope.values or node.id not in scope.bindings:
        return None
    values = scope.values.get(node.id, ())
    held = values[0] if len(values) == 1 else None
    return held if isinstance(held, ast.Attribute) and held.attr in methods else None


def _looks_like_one(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr) and isinstance(node.right, ast.Call | ast.Name)
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    return name in _MAKERS or (
        name in _SAME and isinstance(node.func, ast.Attribute) and _looks_like_one(node.func.value)
    )
