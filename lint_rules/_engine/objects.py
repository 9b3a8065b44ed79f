"""Names that code treats as objects, which JSON cannot carry."""

from __future__ import annotations

import ast
import datetime
import decimal
import uuid

from lint_rules._engine.facts import Function, Task
from lint_rules._engine.kept import kept

#: What JSON carries, with the types that Celery's own encoder adds.
_CARRIED = (
    str, int, float, bool, dict, list, tuple, bytes, type(None),
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, uuid.UUID,
)  # fmt: skip
#: A signature is a dictionary with these, and can be sent.
_OF_SIGNATURES = frozenset(
    {
        "args", "kwargs", "options", "task", "immutable", "subtask_type", "set", "clone",
        "link", "link_error", "on_error", "delay", "apply", "apply_async", "tasks", "body", "freeze",
    }
)  # fmt: skip
_ATTRIBUTES = _OF_SIGNATURES.union(*map(dir, _CARRIED))
#: Functions that ask what a parameter is; who asks takes more than one kind.
_ASKS = frozenset({"isinstance", "hasattr", "getattr", "issubclass", "type", "callable"})


#: What members of an enumeration have too, and JSON may carry those.
_OF_ENUMS = frozenset({"value", "name"})


def objects(task: Task) -> dict[str, str]:
    """The parameters whose attributes the task reads, if nothing that JSON carries has those."""
    own = task.function.args
    names = {a.arg for a in (*own.posonlyargs, *own.args, *own.kwonlyargs)} - {task.self_name}
    read, bound = _reads(task.function)
    return {n: attribute for n, attribute in read.items() if n in names and not bound.get(n)}


def local_objects(function: Function) -> dict[str, str]:
    """As :func:`objects`, of the parameters and local names that a function binds once."""
    own = function.args
    names = {a.arg for a in (*own.posonlyargs, *own.args, *own.kwonlyargs)}
    read, bound = _reads(function)
    return {
        n: attribute
        for n, attribute in read.items()
        if attribute not in _OF_ENUMS and (n in names) + bound.get(n, 0) == 1
    }


@kept
def mappings(function: Function) -> frozenset[str]:
    """The names that it reads by a key too: a dictionary with attributes of its own is still one."""
    return frozenset(
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    )


@kept
def _reads(function: Function) -> tuple[dict[str, str], dict[str, int]]:
    """Names with an attribute that is read of each, and how often each is bound; asking counts twice."""
    read: dict[str, str] = {}
    bound: dict[str, int] = {}
    for node in (inner for statement in function.body for inner in ast.walk(statement)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr not in _ATTRIBUTES:
                read.setdefault(node.value.id, node.attr)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            bound[node.arg] = bound.get(node.arg, 0) + 2
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in _ASKS:
            for argument in node.args:
                if isinstance(argument, ast.Name):
                    bound[argument.id] = bound.get(argument.id, 0) + 2
    for name in mappings(function):
        bound[name] = bound.get(name, 0) + 2
    return read, bound
