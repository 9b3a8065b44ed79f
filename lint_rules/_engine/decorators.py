"""What a decorator of the project gives back: the function it got, or another in its place."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Function
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project
from lint_rules._engine.returns import returned
from lint_rules._engine.wrappers import functions

#: Decorators of others that give back a plain function, by their documentation and by trying.
_REPLACE = frozenset(
    {
        "backoff.on_exception", "backoff.on_predicate",
        "contextlib.contextmanager",
        "django.db.transaction.atomic", "django.db.transaction.non_atomic_requests",
        "functools.cache", "functools.lru_cache",
        "sentry_sdk.crons.monitor", "sentry_sdk.monitor", "sentry_sdk.trace",
        "tenacity.retry",
    }
)  # fmt: skip
#: What a decorator reads of a task when it knows that it gets one.
_OF_A_TASK = frozenset(
    {"delay", "apply_async", "apply", "s", "si", "signature", "name", "app", "request", "run"}
)


def replaces(project: Project, origin: str, *, is_called: bool) -> bool:
    """Whether ``@origin``, or ``@origin(...)``, surely puts a plain function in place of what it gets.

    False for what only registers it, for what knows that it gets a task, and for what cannot be seen.
    """
    origin = project.canonical(origin)
    if origin in _REPLACE:
        return True
    found = project.definition(origin)
    node = found[0].definitions.get(found[1]) if found else None
    if found is None or node is None or _knows_tasks(node):
        return False
    if isinstance(node, ast.ClassDef):
        return _is_plain_class(node) and _object_replaces(node, is_called=is_called)
    if not isinstance(node, ast.FunctionDef):
        return False
    if not is_called:
        return _gives_a_wrapper(node)
    if any(found[0].origin_of(d) == "contextlib.contextmanager" for d in node.decorator_list):
        return True  # what it gives wraps a function when it is used as a decorator
    inner = [f for value in returned(node) for f in functions(node, value)]
    return bool(inner) and all(map(_gives_a_wrapper, inner))


def gives_coroutines(project: Project, origin: str, *, is_called: bool) -> bool:
    """Whether ``@origin`` surely gives back what an async function is: itself, or another such."""
    found = project.definition(project.canonical(origin))
    node = found[0].definitions.get(found[1]) if found else None
    if not isinstance(node, ast.FunctionDef):
        return False
    makers = [f for v in returned(node) for f in functions(node, v)] if is_called else [node]
    return bool(makers) and all(map(_gives_async, makers))


def _gives_async(function: Function) -> bool:
    values = returned(function)
    inner = [f for v in values for f in functions(function, v)]
    return len(inner) == len(values) > 0 and all(isinstance(f, ast.AsyncFunctionDef) for f in inner)


def _is_plain_class(node: ast.ClassDef) -> bool:
    """Whether all that its objects have is written in it."""
    methods = {n.name for n in node.body if isinstance(n, Function)}
    is_alone = not node.bases and not node.keywords and not node.decorator_list
    return is_alone and methods.isdisjoint({"__getattr__", "__getattribute__", "__new__"})


def _object_replaces(node: ast.ClassDef, *, is_called: bool) -> bool:
    """Whether ``@Timed`` puts an object in place of the task, or ``@Timed()`` a function."""
    methods = {n.name: n for n in node.body if isinstance(n, Function)}
    call, init = methods.get("__call__"), methods.get("__init__")
    if call is None:
        return False
    if is_called:
        return _gives_a_wrapper(call)
    return init is not None and len(init.args.args) == 2


def _gives_a_wrapper(function: Function) -> bool:
    """Whether all that it returns are functions of its own, undecorated but for ``wraps``."""
    values = returned(function)
    return bool(values) and all(
        bool(inner := functions(function, value))
        and all(isinstance(f, ast.FunctionDef) and _is_plain(f) for f in inner)
        for value in values
    )


def _is_plain(function: ast.FunctionDef) -> bool:
    for decorator in function.decorator_list:
        name = dotted(decorator.func) if isinstance(decorator, ast.Call) else None
        if name is None or name[-1] != "wraps":
            return False
    return True


def _knows_tasks(function: Function | ast.ClassDef) -> bool:
    return any(
        (isinstance(n, ast.Attribute) and n.attr in _OF_A_TASK)
        or (isinstance(n, ast.Call) and _asks_for(n) in _OF_A_TASK)
        or (isinstance(n, ast.Name) and n.id in ("setattr", "shared_task"))
        for n in ast.walk(function)
    )


def _asks_for(call: ast.Call) -> str | None:
    """The attribute that ``hasattr(f, "delay")`` is about."""
    if getattr(call.func, "id", "") not in ("hasattr", "getattr") or len(call.args) < 2:
        return None
    name = call.args[1]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
