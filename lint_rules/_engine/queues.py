"""Queues that a project declares, and its routes, as far as they are written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine import conf
from lint_rules._engine.constants import text
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project


@dataclass(frozen=True, eq=False)
class Route:
    """One line of ``task_routes``: the pattern of task names, and the node of its queue."""

    module: Module
    node: ast.expr
    pattern: str
    queue: ast.expr | None


class _Unseen(Exception):
    """A part that is not written out."""


def declared(project: Project) -> set[str] | None:
    """The names in ``task_queues``; None if there is none, or not all of it is to be seen."""
    found: set[str] = set()
    is_declared = False
    try:
        for module, setting in conf.settings(project, "task_queues", "task_default_queue"):
            if setting.name == "task_queues":
                is_declared = True
                found.update(_names(project, module, setting.value))
            else:
                found.add(_text(project, module, setting.value))
    except _Unseen:
        return None
    return found if is_declared else None


def routes(project: Project) -> Iterator[Route]:
    """The lines of every ``task_routes`` that is a dictionary, or a list of pairs or dictionaries."""
    for module, setting in conf.settings(project, "task_routes"):
        yield from _routes(project, module, setting.value)


def _routes(project: Project, module: Module, node: ast.expr) -> Iterator[Route]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            pattern = text(project.lookup, Place(key, module.scope, module)) if key else None
            if key is not None and pattern is not None:
                yield Route(module, key, pattern, _queue(value))
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for element in node.elts:
            parts = element.elts if isinstance(element, ast.Tuple | ast.List) else []
            if len(parts) == 2 and isinstance(parts[1], ast.Dict):
                pattern = text(project.lookup, Place(parts[0], module.scope, module))
                if pattern is not None:
                    yield Route(module, parts[0], pattern, _queue(parts[1]))
            else:
                yield from _routes(project, module, element)


def _queue(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "queue":
                return value
        return None
    return node if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _names(project: Project, module: Module, node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for key in node.keys:
            yield _text(project, module, key)
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for element in node.elts:
            yield _name(project, module, element)
    elif isinstance(node, ast.Name) and module.values_of(node.id):
        for value in module.values_of(node.id):
            if isinstance(value, ast.Name):
                raise _Unseen
            yield from _names(project, module, value)
    elif not (isinstance(node, ast.Constant) and node.value is None):
        raise _Unseen


def _name(project: Project, module: Module, node: ast.expr) -> str:
    """The name of ``Queue("x", ...)``."""
    if not isinstance(node, ast.Call) or (dotted(node.func) or ("",))[-1] not in (
        "Queue",
        "Broadcast",
    ):
        raise _Unseen
    named = next((k.value for k in node.keywords if k.arg == "name"), None)
    return _text(project, module, node.args[0] if node.args else named)


def _text(project: Project, module: Module, node: ast.expr | None) -> str:
    known = text(project.lookup, Place(node, module.scope, module)) if node is not None else None
    if known is None:
        raise _Unseen
    return known
