"""What a function gives back, as far as its own body tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Function
from lint_rules._engine.names import Scope


def returned(function: Function | ast.Lambda) -> list[ast.expr]:
    """The values of its own return statements, those of functions inside it left out."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [n.value for n in _own(function) if isinstance(n, ast.Return) and n.value is not None]


def yielded(function: Function) -> list[ast.expr]:
    """The values of its own yields."""
    return [n.value for n in _own(function) if isinstance(n, ast.Yield) and n.value is not None]


def local_values(function: Function | ast.Lambda, name: str) -> list[ast.expr | Function]:
    """What a name of the function's own scope is bound to: values and functions inside it."""
    if isinstance(function, ast.Lambda):
        return []
    found: list[ast.expr | Function] = []
    for node in _own(function):
        if isinstance(node, Function):
            found += [node] if node.name == name else []
        elif isinstance(node, ast.Assign):
            found += [node.value for t in node.targets if isinstance(t, ast.Name) and t.id == name]
    return found


def parameters(function: Function | ast.Lambda) -> set[str]:
    """The names of all its parameters."""
    args = function.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {one.arg for one in every if one is not None}


def _own(function: Function) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def imported_inside(
    function: Function | ast.Lambda, name: str, package: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The origin of a name that an import inside the function brings."""
    if isinstance(function, ast.Lambda):
        return None
    scope = Scope(package, None)
    for node in _own(function):
        if isinstance(node, ast.Import | ast.ImportFrom):
            scope.bind_import(node)
    binding = scope.bindings.get(name)
    return binding.origin if binding else None
