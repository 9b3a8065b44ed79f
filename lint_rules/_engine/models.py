"""Expressions that hold an instance of a Django model, by the usual ways to get one."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Function
from lint_rules._engine.literals import assigned
from lint_rules._engine.names import dotted

#: Methods of a manager or queryset that give one instance.
_ONE = frozenset({"get", "create", "first", "last", "latest", "earliest"})
#: Functions and methods that give one, by their usual names.
_GETTERS = frozenset({"get_object_or_404", "get_object"})


def is_instance(node: ast.expr, function: Function | None) -> bool:
    """Whether ``node`` in ``function`` is one model instance."""
    if dotted(node) in (("request", "user"), ("self", "request", "user")):
        return True
    if not isinstance(node, ast.Name) or function is None:
        return _gives_one(node)
    given = assigned(function, node.id)
    if given:
        return all(map(_gives_one, given))
    is_parameter = any(a.arg == node.id for a in function.args.args)
    return node.id == "instance" and is_parameter and _is_receiver(function)


def _gives_one(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in _GETTERS
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in _GETTERS:
        return True
    return node.func.attr in _ONE and _is_of_a_manager(node.func.value)


def _is_of_a_manager(node: ast.expr) -> bool:
    """Whether it is ``Model.objects``, or a queryset made of it step by step."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr == "objects":
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _is_receiver(function: Function) -> bool:
    for decorator in function.decorator_list:
        parts = dotted(decorator.func) if isinstance(decorator, ast.Call) else None
        if parts is not None and parts[-1] == "receiver":
            return True
    return False
