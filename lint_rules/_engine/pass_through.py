"""Decorators of the project that hand on all arguments as they are."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Function
from lint_rules._engine.kept import kept

#: Decorators that leave a function's parameters as they are.
KNOWN = frozenset(
    {
        "django.db.transaction.atomic",
        "django.db.transaction.non_atomic_requests",
        "functools.lru_cache",
        "functools.cache",
        "sentry_sdk.trace",
    }
)


@kept
def passes_on(decorator: Function) -> bool:
    """Whether what it returns takes ``*args, **kwargs`` and does nothing with them but hand them on."""
    inner = [
        node
        for statement in decorator.body
        for node in ast.walk(statement)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    wrappers = [node for node in inner if node.args.vararg or node.args.kwarg]
    return len(wrappers) == 1 and _hands_on(wrappers[0])


def _hands_on(wrapper: Function) -> bool:
    args = wrapper.args
    if args.vararg is None or args.kwarg is None:
        return False
    if args.kwonlyargs or args.posonlyargs or args.defaults:
        return False
    first = [a.arg for a in args.args]
    names = {args.vararg.arg, args.kwarg.arg}
    used = handed = 0
    for node in (inner for statement in wrapper.body for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and node.id in names:
            used += 1
        elif isinstance(node, ast.Call) and _is_all(node, first, names):
            handed += 1
    return handed > 0 and used == 2 * handed


def _is_all(call: ast.Call, first: list[str], names: set[str]) -> bool:
    """Whether it is ``f(*args, **kwargs)``, or ``f(self, *args, **kwargs)`` if those come first."""
    if len(call.args) != len(first) + 1 or len(call.keywords) != 1:
        return False
    *before, stars = call.args
    rest = call.keywords[0]
    if not isinstance(stars, ast.Starred) or rest.arg is not None:
        return False
    if [n.id for n in before if isinstance(n, ast.Name)] != first:
        return False
    return {n.id for n in (stars.value, rest.value) if isinstance(n, ast.Name)} == names
