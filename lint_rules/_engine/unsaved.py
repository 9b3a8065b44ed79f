"""Rows that a function has written, but a transaction around it may not have committed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lint_rules._engine.facts import Function, Statement
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted

_SIGNALS = frozenset({"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"})
#: Methods that search libraries connect to a signal, in classes above which is a SignalProcessor.
_PROCESSING = {
    "handle_save": "post_save", "handle_delete": "post_delete",
    "handle_pre_delete": "pre_delete", "handle_m2m_changed": "m2m_changed",
    "enqueue_save": "post_save", "enqueue_delete": "post_delete",
}  # fmt: skip
#: Attributes by which a task finds a row again.
_KEYS = frozenset({"pk", "id", "uuid", "uid"})
#: Methods of a manager that write the row that they give.
_MAKES = frozenset({"create", "get_or_create", "update_or_create", "acreate"})


def receivers(module: Module) -> dict[int, str]:
    """Functions that are connected to a signal about a row, with its name."""
    found: dict[int, str] = {}
    for function in module.functions.values():
        for decorator in function.decorator_list:
            parts = dotted(decorator.func) if isinstance(decorator, ast.Call) else None
            if isinstance(decorator, ast.Call) and parts and parts[-1] == "receiver":
                name = next(filter(None, map(signal, decorator.args)), None)
                if name:
                    found[id(function)] = name
    for name, above in module.classes.items():
        if any((base.origin or "").endswith("SignalProcessor") for base in above):
            methods = ((module.functions.get(f"{name}.{m}"), s) for m, s in _PROCESSING.items())
            found |= {id(method): sent for method, sent in methods if method is not None}
    for statement in module.statements:
        func = statement.call.func
        if isinstance(func, ast.Attribute) and func.attr == "connect" and statement.call.args:
            name = signal(func.value)
            connected = _connected(module, statement) if name else None
            if name and connected is not None:
                found[id(connected)] = name
    return found


def _connected(module: Module, statement: Statement) -> Function | None:
    """The function of ``connect(function)`` or ``connect(self.method)``."""
    node = statement.call.args[0]
    parts = dotted(node) or ()
    if len(parts) == 1:
        return module.functions.get(parts[0])
    if len(parts) != 2:
        return None
    owner = statement.scope.owner
    name = owner.name if parts[0] in ("self", "cls") and owner is not None else parts[0]
    return module.functions.get(f"{name}.{parts[1]}")


def signal(node: ast.expr) -> str | None:
    """The name of a signal about a row that an expression gives."""
    if isinstance(node, ast.List | ast.Tuple):
        return next(filter(None, map(signal, node.elts)), None)
    last = (dotted(node) or ("",))[-1]
    return last if last in _SIGNALS else None


def saves_itself(function: Function, call: ast.Call) -> bool:
    """Whether it is a ``save()`` that has called ``super().save()`` before the call."""
    return function.name == "save" and any(
        isinstance(node, ast.Call) and _is_super_save(node) and node.lineno < call.lineno
        for node in ast.walk(function)
    )


def _is_super_save(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "save"
        and isinstance(node.func.value, ast.Call)
        and dotted(node.func.value.func) == ("super",)
    )


def row(arguments: Iterable[ast.expr]) -> str | None:
    """The row, as ``order`` of ``order.pk``, that arguments name."""
    return next((name for name, is_key in _named(arguments) if is_key), None)


def written(function: Function, call: ast.Call, arguments: Iterable[ast.expr]) -> str | None:
    """The first row that arguments name and the function has written before the call."""
    names = [name for name, _ in _named(arguments)]
    made = {n for node in ast.walk(function) for n in _written_by(node, call.lineno)}
    return next((name for name in names if name in made), None)


def last_written(function: Function, call: ast.Call) -> str | None:
    """The row that a function has written last before the call."""
    made = {
        getattr(node, "lineno", 0): name
        for node in ast.walk(function)
        for name in _written_by(node, call.lineno)
    }
    return made[max(made)] if made else None


def _named(arguments: Iterable[ast.expr]) -> Iterator[tuple[str, bool]]:
    """Names in arguments: ``x`` of ``x.pk`` (a key) or ``x`` alone."""
    for argument in arguments:
        for node in ast.walk(argument):
            if isinstance(node, ast.Attribute) and node.attr in _KEYS:
                parts = dotted(node.value)
                if parts and not {"settings", "request"}.intersection(parts):
                    yield ".".join(parts), True
            elif isinstance(node, ast.Name):
                yield node.id, False


def _written_by(node: ast.AST, before: int) -> Iterator[str]:
    if getattr(node, "lineno", before) >= before:
        return
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and _makes(node.value):
                yield target.id
            elif isinstance(target, ast.Tuple) and len(target.elts) == 2:
                # `order, created = ...`, by whatever function.
                first, second = target.elts
                is_told = isinstance(second, ast.Name) and second.id in ("created", "is_new", "_")
                by_name = isinstance(second, ast.Name) and second.id == "created"
                if isinstance(first, ast.Name) and (by_name or (is_told and _makes(node.value))):
                    yield first.id
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        parts = dotted(node.func.value)
        if node.func.attr in ("save", "asave") and parts:
            yield ".".join(parts)


def _makes(node: ast.expr) -> bool:
    """Whether a value is a row that was written: ``Model.objects.create()``, ``form.save()``."""
    if isinstance(node, ast.Await):
        return _makes(node.value)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr == "save":
        return not any(k.arg == "commit" for k in node.keywords)
    inner = node.func.value
    if isinstance(inner, ast.Call) and dotted(inner.func) == ("super",):
        return node.func.attr in ("create", "update")  # of a serializer
    return node.func.attr in _MAKES and isinstance(inner, ast.Attribute) and inner.attr == "objects"
