"""Transactions, other context managers and loops, and what stands in them."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from lint_rules._engine.collect_settings import SettingsCollector
from lint_rules._engine.committing import writes
from lint_rules._engine.facts import Arg, Context, arguments
from lint_rules._engine.loops import happens_once
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted

CONTEXT_MANAGERS = ("contextmanager", "asynccontextmanager")
_SQLALCHEMY = re.compile(r"^\s*(?:from|import) sqlalchemy", re.MULTILINE)


class ContextCollector(SettingsCollector):
    """The part of the walk that knows in which contexts it is."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.contexts: tuple[Context, ...] = ()
        self.rebound: frozenset[str] = frozenset()
        #: Those that the loops around the innermost one bind anew.
        self.around_loop: frozenset[str] = frozenset()
        self.class_decorators: list[list[ast.expr]] = []

    def of_class(self, method: str) -> tuple[Context, ...]:
        """What ``@method_decorator(atomic, name="dispatch")`` on the class puts around a method."""
        if self.functions or not self.class_decorators:
            return ()
        return tuple(
            self.context(node)
            for node in self.class_decorators[-1]
            if isinstance(node, ast.Call)
            for named in node.keywords
            if named.arg == "name" and isinstance(named.value, ast.Constant)
            if names_last(node.func, "method_decorator")
            and named.value.value in (method, "dispatch")
        )

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        opened = []
        for item in node.items:
            self.visit(item.context_expr)
            context = self.context(item.context_expr)
            if isinstance(item.optional_vars, ast.Name) and writes(node, item.optional_vars.id):
                context = replace(context, is_written=True)
            opened.append(context)
            if item.optional_vars is not None:
                self.scope.bind_target(item.optional_vars)
        if self.functions and not self.classes:
            function = self.functions[-1]
            if any(names_last(d, *CONTEXT_MANAGERS) for d in function.decorator_list):
                self.module.context_managers.setdefault(function.name, []).extend(opened)
        outer, self.contexts = self.contexts, (*self.contexts, *opened)
        loops = self.rebound
        if any(_names_atomic(item.context_expr) for item in node.items):
            self.rebound = frozenset()
        for statement in node.body:
            self.visit(statement)
        self.contexts, self.rebound = outer, loops

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self.visit_With(node)

    def context(self, node: ast.expr) -> Context:
        if not isinstance(node, ast.Call):
            return Context(self.ref_of(node))
        if names_last(node.func, "method_decorator") and node.args:
            return self.context(_decorator(node.args[0]))
        is_elsewhere = any(map(self._is_elsewhere, arguments(node)))
        return Context(self.ref_of(node.func), is_elsewhere, self._begins(node.func))

    def _begins(self, node: ast.expr) -> bool:
        """Whether it is ``session.begin`` or ``engine.begin`` of SQLAlchemy."""
        if not isinstance(node, ast.Attribute) or node.attr not in ("begin", "begin_nested"):
            return False
        held = node.value.func if isinstance(node.value, ast.Call) else node.value
        name = (dotted(held) or ("",))[-1].lower()
        return "session" in name or (
            name.endswith(("engine", "conn", "connection"))
            and _SQLALCHEMY.search(self.module.text) is not None
        )

    def _is_elsewhere(self, arg: Arg) -> bool:
        """Whether ``atomic(using)`` is of another database, or of a copy that is only read."""
        if arg.star or arg.keyword not in (None, "using"):
            return False
        if isinstance(arg.value, ast.Constant):
            return isinstance(arg.value.value, str) and arg.value.value != "default"
        return "replica" in ast.unparse(arg.value).lower()

    # -- loops

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        outer, around = self.rebound, self.around_loop
        self.rebound, self.around_loop = outer | _stored(node), outer
        super().visit_For(node)
        self.rebound, self.around_loop = outer, around

    visit_AsyncFor = visit_For

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        outer = self.rebound
        if happens_once(node):
            self.rebound = frozenset()
        elif isinstance(node.body[-1], ast.Break):
            self.rebound &= self.around_loop  # it leaves the innermost loop alone
        for statement in node.body:
            self.visit(statement)
        self.rebound = outer
        for statement in node.orelse:
            self.visit(statement)

    def visit_While(self, node: ast.While) -> None:
        outer, around = self.rebound, self.around_loop
        self.rebound, self.around_loop = outer | _stored(node), outer
        self.generic_visit(node)
        self.rebound, self.around_loop = outer, around


def names_last(node: ast.expr, *names: str) -> bool:
    """Whether a dotted name ends in one of ``names``."""
    parts = dotted(node)
    return parts is not None and parts[-1] in names


def _decorator(node: ast.expr) -> ast.expr:
    """The one of ``method_decorator([never_cache, atomic])`` that may open a transaction."""
    given = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return next(filter(_names_atomic, given), node)


def _names_atomic(node: ast.expr) -> bool:
    parts = dotted(node.func if isinstance(node, ast.Call) else node)
    return parts is not None and "atomic" in parts[-1].lower()


def _stored(loop: ast.AST) -> frozenset[str]:
    return frozenset(
        n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )
