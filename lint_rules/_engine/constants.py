"""Texts that are written out in the code, if not always at the place where they are used."""

from __future__ import annotations

import ast

from lint_rules._engine.lookup import Lookup, Place

_DEEPEST = 9


def text(lookup: Lookup, place: Place, depth: int = 0) -> str | None:
    """The text of an expression: constants, enum members, f-strings and sums of them are followed."""
    node, rest = place.node, (place.scope, place.module)

    def part(inner: ast.expr) -> str | None:
        return text(lookup, Place(inner, *rest), depth + 1)

    if depth > _DEEPEST:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([part(node.left), part(node.right)])
    if isinstance(node, ast.JoinedStr):
        return _joined([part(value) for value in node.values])
    if isinstance(node, ast.FormattedValue):
        is_plain = node.conversion == -1 and node.format_spec is None
        known = part(node.value) if is_plain else None
        return _digits(lookup, Place(node.value, *rest)) if is_plain and known is None else known
    if isinstance(node, ast.Name) and node.id == "__name__":
        return ".".join(place.module.name)
    if isinstance(node, ast.Attribute) and node.attr == "value":
        return part(node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        values = lookup.find(place).values
        return text(lookup, values[0], depth + 1) if len(values) == 1 else None
    return None


def _digits(lookup: Lookup, place: Place) -> str | None:
    """What an f-string makes of a whole number."""
    ends = [end.node if isinstance(end, Place) else None for end in lookup.ends(place)]
    value = ends[0].value if len(ends) == 1 and isinstance(ends[0], ast.Constant) else None
    return str(value) if type(value) is int else None


def _joined(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None
