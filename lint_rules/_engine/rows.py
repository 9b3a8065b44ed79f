"""Expressions of SQLAlchemy that give rows of a mapped class: ``session.get(Order, 1)``, ``Order.query.first()``."""

from __future__ import annotations

import ast

from lint_rules._engine.names import dotted, last_name

#: Methods of a query or result that give one row.
_ONE = frozenset(
    {"get", "one", "one_or_none", "first", "get_or_404", "first_or_404", "one_or_404"}
)  # fmt: skip
_SCALARS = frozenset({"scalar_one", "scalar_one_or_none", "scalar"})
#: Methods of a query, a statement or a result that change nothing of what one row is.
_SAME = frozenset(
    {
        "filter", "filter_by", "where", "order_by", "limit", "offset", "options", "distinct",
        "unique", "yield_per", "with_for_update", "execution_options", "all", "join", "outerjoin",
    }
)  # fmt: skip


def gives_one(node: ast.expr) -> bool:
    """Whether it is one row of a class."""
    if isinstance(node, ast.Await):
        return gives_one(node.value)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name, held = node.func.attr, node.func.value
    if name == "get" and _is_session(held):
        return len(node.args) > 1 and _is_class(node.args[0])
    if name in _SCALARS:
        return _selects(held, "execute") or (name == "scalar" and _is_scalar(node))
    return name in _ONE and (gives_many(held) or _is_query(held))


def gives_many(node: ast.expr) -> bool:
    """Whether it is a query or a result of rows of one class."""
    if isinstance(node, ast.Await):
        return gives_many(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr == "query" and _is_class(node.value)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name, held = node.func.attr, node.func.value
    if name == "query" and _is_session(held):
        return len(node.args) == 1 and _is_class(node.args[0])
    if name == "scalars":
        return _selects(node, "scalars") or _selects(held, "execute")
    return name in _SAME and gives_many(held)


def _is_query(node: ast.expr) -> bool:
    """Whether it is ``Order.query`` or ``session.query(Order)``, or made of one: rows, not columns."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "query":
                return len(node.args) == 1 and _is_class(node.args[0])
            node = node.func
        elif node.attr == "query":
            return _is_class(node.value)
        elif node.attr in ("with_entities", "values", "add_columns"):
            return False
        else:
            node = node.value
    return False


def _is_scalar(node: ast.Call) -> bool:
    """``session.scalar(select(Order))``."""
    return _selects(node, "scalar")


def _selects(node: ast.expr, method: str) -> bool:
    """Whether it is ``session.execute(select(Order)...)``, by one of the methods that take a statement."""
    if isinstance(node, ast.Await):
        return _selects(node.value, method)
    if not isinstance(node, ast.Call) or last_name(node.func) != method or not node.args:
        return False
    if not isinstance(node.func, ast.Attribute) or not _is_session(node.func.value):
        return False
    made: ast.expr = node.args[0]
    while isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
        if made.func.attr not in _SAME:
            break
        made = made.func.value
    is_select = isinstance(made, ast.Call) and last_name(made.func) == "select"
    return is_select and len(made.args) == 1 and _is_class(made.args[0])  # type: ignore[attr-defined]


def _is_session(node: ast.expr) -> bool:
    name = last_name(node).lower()
    return "session" in name or name == "db"


def _is_class(node: ast.expr) -> bool:
    """Whether its name is written as a class's: ``Order`` or ``models.Order``."""
    last = (dotted(node) or ("",))[-1]
    return last[:1].isupper() and not last.isupper()
