"""Names of one module: what a local name was imported from, or what call made it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst


@dataclass(frozen=True)
class Binding:
    """What a name is bound to: ``kind`` is import, call, def or other."""

    kind: str
    origin: tuple[str, ...] | None = None


def dotted(node: cst.CSTNode) -> tuple[str, ...] | None:
    """``a.b.c`` as a tuple of its names; None for anything that is no plain dotted name."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    return (node.value, *reversed(parts))


def import_base(node: cst.ImportFrom, package: tuple[str, ...]) -> tuple[str, ...]:
    """The absolute module of ``from X import``; relative dots count from ``package``."""
    named = (dotted(node.module) or ()) if node.module else ()
    level = len(node.relative)
    if not level:
        return named
    return (*package[: len(package) - level + 1], *named)


class _Bindings(cst.CSTVisitor):
    """Collects the bindings of one scope; does not enter the scopes inside it."""

    def __init__(self, package: tuple[str, ...]) -> None:
        super().__init__()
        self.package = package
        self.found: dict[str, Binding] = {}
        self.globals: set[str] = set()
        self._in_handler = 0

    def bind(self, name: str, binding: Binding) -> None:
        if self._in_handler and name in self.found:
            return  # `except ImportError: app = None` does not undo the import
        self.found[name] = binding

    def bind_target(self, target: cst.CSTNode, binding: Binding) -> None:
        if isinstance(target, cst.Name):
            self.bind(target.value, binding)
        elif isinstance(target, cst.Tuple | cst.List):
            for element in target.elements:
                self.bind_target(element.value, Binding("other"))

    def visit_ExceptHandler_body(self, node: cst.ExceptHandler) -> None:
        self._in_handler += 1

    def leave_ExceptHandler_body(self, node: cst.ExceptHandler) -> None:
        self._in_handler -= 1

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.bind(node.name.value, Binding("def"))
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.bind(node.name.value, Binding("def"))
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_CompFor(self, node: cst.CompFor) -> bool:
        return False

    def visit_Global(self, node: cst.Global) -> None:
        self.globals.update(item.name.value for item in node.names)

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            parts = dotted(alias.name) or ()
            if alias.asname:
                self.bind_target(alias.asname.name, Binding("import", parts))
            elif parts:
                self.bind(parts[0], Binding("import", parts[:1]))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            return
        base = import_base(node, self.package)
        for alias in node.names:
            parts = dotted(alias.name) or ()
            target = alias.asname.name if alias.asname else alias.name
            self.bind_target(target, Binding("import", (*base, *parts)))

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self.bind_target(target.target, _value(node.value))

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value:
            self.bind_target(node.target, _value(node.value))

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.bind_target(node.target, _value(node.value))

    def visit_For(self, node: cst.For) -> None:
        self.bind_target(node.target, Binding("other"))

    def visit_AsName(self, node: cst.AsName) -> None:
        self.bind_target(node.name, Binding("other"))

    def visit_ImportAlias(self, node: cst.ImportAlias) -> bool:
        return False

    def visit_Param(self, node: cst.Param) -> None:
        self.bind(node.name.value, Binding("other"))


def _value(node: cst.BaseExpression) -> Binding:
    if isinstance(node, cst.Call):
        return Binding("call", dotted(node.func))
    alias = dotted(node)
    return (
        Binding("alias", alias)
        if alias and alias[0] not in ("None", "True", "False")
        else Binding("other")
    )


def bindings(scope: cst.Module | cst.FunctionDef, package: tuple[str, ...]) -> dict[str, Binding]:
    """All names that ``scope`` binds; the later binding wins."""
    visitor = _Bindings(package)
    if isinstance(scope, cst.Module):
        scope.visit(visitor)
    else:
        scope.params.visit(visitor)
        scope.body.visit(visitor)
    return {name: b for name, b in visitor.found.items() if name not in visitor.globals}


def quick_bindings(node: ast.stmt, package: tuple[str, ...]) -> Iterator[tuple[str, Binding]]:
    """What one statement of the standard library's tree binds: imports, functions, classes."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            parts = tuple(alias.name.split("."))
            yield (
                (alias.asname, Binding("import", parts))
                if alias.asname
                else (
                    parts[0],
                    Binding("import", parts[:1]),
                )
            )
    elif isinstance(node, ast.ImportFrom):
        base = tuple(node.module.split(".")) if node.module else ()
        if node.level:
            base = (*package[: len(package) - node.level + 1], *base)
        for alias in node.names:
            yield alias.asname or alias.name, Binding("import", (*base, alias.name))
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, Binding("def")
