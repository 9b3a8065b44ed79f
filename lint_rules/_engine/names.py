"""Names of one module: what a local name was imported from, or what call made it."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Binding:
    """What a name is bound to: ``kind`` is import, call, alias, def or other."""

    kind: str
    origin: tuple[str, ...] | None = None


OTHER = Binding("other")
DEFINED = Binding("def")


def dotted(node: ast.AST) -> tuple[str, ...] | None:
    """``a.b.c`` as a tuple of its names; None for anything that is no plain dotted name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return (node.id, *reversed(parts))


def import_base(node: ast.ImportFrom, package: tuple[str, ...]) -> tuple[str, ...]:
    """The absolute module of ``from X import``; relative dots count from ``package``."""
    named = tuple(node.module.split(".")) if node.module else ()
    if not node.level:
        return named
    return (*package[: len(package) - node.level + 1], *named)


class Scope:
    """The names that a module, class, function or comprehension binds; the later binding wins."""

    def __init__(
        self, package: tuple[str, ...], parent: Scope | None, is_class: bool = False
    ) -> None:
        self.package = package
        self.parent = parent
        self.is_class = is_class
        self.bindings: dict[str, Binding] = {}
        self.foreign: set[str] = set()  # declared global or nonlocal
        self.stars: list[tuple[str, ...]] = []
        self.in_handler = 0

    def bind(self, name: str, binding: Binding) -> None:
        """Bind a name here, unless it was declared to be another scope's."""
        if name in self.foreign:
            return
        if self.in_handler and name in self.bindings:
            return  # `except ImportError: app = None` does not undo the import
        self.bindings[name] = binding

    def bind_target(self, target: ast.AST, binding: Binding = OTHER) -> None:
        """Bind what is assigned to."""
        if isinstance(target, ast.Name):
            self.bind(target.id, binding)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self.bind_target(element)
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value)

    def bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Bind what an import statement brings; what stars bring only other files tell."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = tuple(alias.name.split("."))
                if alias.asname:
                    self.bind(alias.asname, Binding("import", parts))
                else:
                    self.bind(parts[0], Binding("import", parts[:1]))
            return
        base = import_base(node, self.package)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(base)
            else:
                self.bind(alias.asname or alias.name, Binding("import", (*base, alias.name)))

    def bind_parameters(self, arguments: ast.arguments) -> None:
        """Bind the parameters of a function or lambda."""
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for one in (*every, arguments.vararg, arguments.kwarg):
            if one is not None:
                self.bind(one.arg, OTHER)


def value_binding(node: ast.expr) -> Binding:
    """What an assignment of ``node`` binds a name to."""
    if isinstance(node, ast.Call):
        return Binding("call", dotted(node.func))
    alias = dotted(node)
    return Binding("alias", alias) if alias else OTHER
