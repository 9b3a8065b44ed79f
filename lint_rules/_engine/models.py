"""Expressions that hold an instance of a model, of Django or SQLAlchemy, by the usual ways to get one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from lint_rules._engine import rows
from lint_rules._engine.facts import Function
from lint_rules._engine.kept import kept
from lint_rules._engine.names import dotted, last_name

#: Methods of a manager or queryset that give one instance.
_ONE = frozenset({"get", "create", "first", "last", "latest", "earliest"})
#: Those that give it with a flag.
_PAIRS = frozenset({"get_or_create", "update_or_create"})
#: Functions and methods that give one, by their usual names.
_GETTERS = frozenset({"get_object_or_404", "get_object"})
#: Methods of a queryset that give a queryset of instances.
_MANY = frozenset(
    {
        "all", "filter", "exclude", "order_by", "distinct", "select_related", "prefetch_related",
        "select_for_update", "iterator", "only", "defer", "annotate", "reverse", "using",
    }
)  # fmt: skip
_KEYS = ("pk", "_id", "_key", "uuid")
#: Attributes that hold another instance.
_RELATED = frozenset({"user"})


def is_instance(node: ast.expr, function: Function | None) -> bool:
    """Whether ``node`` in ``function`` is one model instance."""
    parts = dotted(node) or ()
    if parts[-2:] == ("request", "user") and len(parts) <= 3:
        return True
    if function is None:
        return _gives_one(node)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in _RELATED and node.value.id in _instances(function)
    if not isinstance(node, ast.Name):
        return _gives_one(node)
    is_parameter = any(a.arg == node.id for a in function.args.args)
    if node.id == "instance" and is_parameter and _is_receiver(function):
        return True
    return node.id in _instances(function)


def gives_none(node: ast.expr) -> bool:
    """Whether it is ``order.save()``: None of a model, an instance of a form or a serializer."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "save"
        and not node.args
    )


@kept
def _instances(function: Function) -> frozenset[str]:
    """The local names that hold an instance wherever they are bound."""
    bound: Counter[str] = Counter()
    known: Counter[str] = Counter()
    queries: dict[str, list[ast.expr]] = {}
    loops: list[tuple[str, ast.expr]] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] += 1
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
            loops.append((node.target.id, node.iter))
        for name, value, is_first in _assigned(node):
            is_key = name.endswith(_KEYS)  # `user_id = form.save()` of a form that says so
            known[name] += (_gives_pair(value) if is_first else _gives_one(value)) and not is_key
            queries.setdefault(name, []).append(value)
    for name, source in loops:
        given = queries.get(source.id, []) if isinstance(source, ast.Name) else [source]
        is_whole = not isinstance(source, ast.Name) or len(given) == bound[source.id]
        known[name] += bool(given) and is_whole and all(map(_gives_many, given))
    return frozenset(name for name, count in known.items() if count and count == bound[name])


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr, bool]]:
    """Names that a statement assigns; the last says that it is the first of what is unpacked."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value, False
            elif isinstance(target, ast.Tuple) and target.elts:
                first = target.elts[0]
                if isinstance(first, ast.Name):
                    yield first.id, node.value, True
    elif (
        isinstance(node, ast.AnnAssign | ast.NamedExpr)
        and node.value is not None
        and isinstance(node.target, ast.Name)
    ):
        yield node.target.id, node.value, False


def _gives_one(node: ast.expr) -> bool:
    if rows.gives_one(node):
        return True
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in _GETTERS
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in _GETTERS or _is_saved(node.func):
        return True
    return node.func.attr in _ONE and _is_of_a_manager(node.func.value)


def _is_saved(func: ast.Attribute) -> bool:
    """Whether it is ``form.save()`` or ``serializer.save()``, by their usual names."""
    return func.attr == "save" and last_name(func.value).endswith(("form", "serializer"))


def _gives_pair(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _PAIRS
        and _is_of_a_manager(node.func.value)
    )


def _gives_many(node: ast.expr) -> bool:
    """Whether it is a queryset of instances: no ``values()`` on the way from the manager."""
    if rows.gives_many(node):
        return True
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in _MANY:
            return False
        node = node.func.value
        if isinstance(node, ast.Attribute) and node.attr == "objects":
            return True
    return False


def _is_of_a_manager(node: ast.expr) -> bool:
    """Whether it is ``Model.objects``, or a queryset made of it step by step, without ``values()``."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute):
            if node.attr == "objects":
                return True
            if node.attr in ("values", "values_list"):
                return False
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _is_receiver(function: Function) -> bool:
    for decorator in function.decorator_list:
        parts = dotted(decorator.func) if isinstance(decorator, ast.Call) else None
        if parts is not None and parts[-1] == "receiver":
            return True
    return False
