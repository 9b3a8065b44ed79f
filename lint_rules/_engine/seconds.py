"""How long a time is that the code gives as a number, a ``timedelta``, a constant or a default."""

from __future__ import annotations

import ast

from lint_rules._engine.literals import OPERATORS, number
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted

#: How far constants are followed.
_FOLLOW = 5
#: Seconds of the keywords of ``timedelta``.
_UNITS = {
    "weeks": 604800.0,
    "days": 86400.0,
    "hours": 3600.0,
    "minutes": 60.0,
    "seconds": 1.0,
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
}
_BY_POSITION = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
#: What makes a number of its first argument.
_CASTS = frozenset({"int", "float", "ceil", "floor", "round"})
#: What reads the environment, with a default as the second argument or ``default=``.
_READERS = frozenset(
    {
        "get", "getenv", "env", "config", "int", "float", "get_int", "getint", "str", "list",
        "tuple", "integer", "string",
    }
)  # fmt: skip
_ENVIRONMENTS = frozenset({"os", "environ", "env", "getenv", "config", "decouple"})


def defaults(node: ast.Call) -> list[ast.expr]:
    """What a call that reads the environment gives where that says nothing; none for another call."""
    parts = dotted(node.func) or ("",)
    if parts[0] not in _ENVIRONMENTS or parts[-1] not in _READERS:
        return []
    named = [k.value for k in node.keywords if k.arg == "default"]
    return named or (node.args[1:2] if len(node.args) <= 2 else [])


def seconds(
    module: Module, node: ast.expr | None, depth: int = _FOLLOW, lookup: Lookup | None = None
) -> float | None:
    """The time in seconds, or None if it cannot be seen.

    A value that the environment or a setting may override counts with its default.
    """
    if node is None or depth < 0:
        return None
    plain = number(node)
    if plain is not None:
        return plain
    if isinstance(node, ast.Name | ast.Attribute):
        own = module.values_of(node.id) if isinstance(node, ast.Name) else []
        given = [seconds(module, v, depth - 1, lookup) for v in own]
        if not own and lookup is not None:
            held = lookup.find(Place(node, module.scope, module)).values
            given = [seconds(v.module, v.node, depth - 1, lookup) for v in held]
        return given[0] if given and len(set(given)) == 1 else None
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = (seconds(module, n, depth - 1, lookup) for n in (node.left, node.right))
        if (
            left is None
            or right is None
            or (isinstance(node.op, ast.Div | ast.FloorDiv) and not right)
        ):
            return None
        return OPERATORS[type(node.op)](left, right)
    return _called(module, node, depth, lookup) if isinstance(node, ast.Call) else None


def _called(module: Module, node: ast.Call, depth: int, lookup: Lookup | None) -> float | None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    name = node.func.id if isinstance(node.func, ast.Name) else name
    if name == "timedelta":
        return _timedelta(module, node, depth, lookup)
    if name == "total_seconds" and isinstance(node.func, ast.Attribute):
        return seconds(module, node.func.value, depth - 1, lookup)
    if name == "getattr" and len(node.args) == 3:
        return seconds(module, node.args[2], depth - 1, lookup)
    is_env = (dotted(node.func) or ("",))[0] in _ENVIRONMENTS
    if name in _CASTS and not is_env:
        return _text_or_number(module, node.args[0], depth, lookup) if len(node.args) == 1 else None
    return _text_or_number(module, next(iter(defaults(node)), None), depth, lookup)


def _text_or_number(
    module: Module, node: ast.expr | None, depth: int, lookup: Lookup | None
) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isdigit():
        return float(node.value)
    return seconds(module, node, depth - 1, lookup)


def _timedelta(module: Module, node: ast.Call, depth: int, lookup: Lookup | None) -> float | None:
    total = 0.0
    parts = [*zip(_BY_POSITION, node.args, strict=False)]
    parts += [(k.arg or "", k.value) for k in node.keywords]
    for unit, value in parts:
        amount = seconds(module, value, depth - 1, lookup)
        if amount is None or unit not in _UNITS:
            return None
        total += amount * _UNITS[unit]
    return total
