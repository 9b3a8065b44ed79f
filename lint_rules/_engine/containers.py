"""What is in a list, a tuple, a dictionary or a canvas that is written out."""

from __future__ import annotations

import ast

from lint_rules._engine.lookup import Place
from lint_rules._engine.names import Scope


def members(node: ast.expr, place: Place) -> list[tuple[ast.expr, Scope]]:
    """The parts of a canvas: written out, in a list, or made in a loop."""
    if isinstance(node, ast.Starred):
        return members(node.value, place)
    if isinstance(node, ast.List | ast.Tuple):
        return [member for element in node.elts for member in members(element, place)]
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return [(node.elt, place.scope)]
    if isinstance(node, ast.Name):
        given = [v for v in place.scope.values.get(node.id, []) if v is not None]
        listed = [v for v in given if isinstance(v, ast.List | ast.Tuple | ast.ListComp)]
        added = place.scope.added.get(node.id, [])
        if listed or added:
            inner = [member for value in listed for member in members(value, place)]
            return [*inner, *((value, place.scope) for value in added)]
    return [(node, place.scope)]


def inside(node: ast.expr, key: ast.expr) -> list[ast.expr] | None:
    """The values of a container that ``[key]`` may give."""
    if isinstance(node, ast.Tuple | ast.List):
        return None if any(isinstance(e, ast.Starred) for e in node.elts) else node.elts
    if not isinstance(node, ast.Dict) or None in node.keys:
        return None
    if isinstance(key, ast.Constant):
        same = [
            value
            for name, value in zip(node.keys, node.values, strict=True)
            if isinstance(name, ast.Constant) and name.value == key.value
        ]
        if same:
            return same
    return node.values
