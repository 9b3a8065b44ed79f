"""References in a file, resolved when the scopes around them are known to their end."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lint_rules._engine.facts import Ref
from lint_rules._engine.module import Module
from lint_rules._engine.names import DEFINED, OTHER, Scope, dotted, value_binding

#: How far ``b = a; c = b()`` is followed inside a function.
_FOLLOW = 9


class Scopes(ast.NodeVisitor):
    """Walks a file, keeps its scopes, and fills in the references that are asked for."""

    def __init__(self, module: Module) -> None:
        self._methods: dict[type, Callable[[Any], None]] = {}
        self.module = module
        self.scope = Scope(module.package, None)
        self._waiting: dict[int, list[tuple[tuple[str, ...], Ref, bool, int]]] = {
            id(self.scope): []
        }

    def finish(self) -> None:
        """Resolve what is left by the names of the module."""
        module = self.module
        module.scope = self.scope
        module.bindings, module.stars = self.scope.bindings, self.scope.stars
        for parts, ref, is_maker, _ in self._waiting[id(self.scope)]:
            binding = module.bindings.get(parts[0])
            if binding is not None:
                self._fill(ref, ".".join((module.origin(binding, parts[0]), *parts[1:])), is_maker)
            elif module.stars and not hasattr(builtins, parts[0]):
                self._fill(ref, ".".join((*module.name, *parts)), is_maker)

    def ref_of(self, node: ast.AST) -> Ref:
        """What ``node`` refers to; filled in later."""
        ref = Ref()
        parts = dotted(node)
        if parts:
            self._waiting[id(self.scope)].append((parts, ref, False, 0))
        return ref

    @staticmethod
    def _fill(ref: Ref, origin: str, is_maker: bool) -> None:
        if is_maker:
            ref.instance_of = origin
        else:
            ref.origin = origin

    @contextmanager
    def _inside(self, *, is_class: bool = False) -> Iterator[Scope]:
        outer = self.scope
        # A name of a class body is not seen in its methods.
        parent: Scope | None = outer
        while parent is not None and parent.is_class and not is_class:
            parent = parent.parent
        self.scope = Scope(outer.package, parent, is_class)
        self.scope.owner = outer if outer.is_class else outer.owner
        self._waiting[id(self.scope)] = []
        try:
            yield self.scope
        finally:
            self._leave(self.scope)
            self.scope = outer

    def _leave(self, scope: Scope) -> None:
        waiting = self._waiting.pop(id(scope))
        outer = self._waiting[id(scope.parent)] if scope.parent is not None else []
        while waiting:
            parts, ref, is_maker, depth = waiting.pop()
            found = scope.bindings.get(parts[0])
            if found is None:
                outer.append((parts, ref, is_maker, depth))
            elif found.kind == "import" and found.origin:
                self._fill(ref, ".".join((*found.origin, *parts[1:])), is_maker)
            elif (
                found.kind == "call"
                and found.origin
                and found.origin[0] != parts[0]  # `self = self()` would go on for ever
                and not parts[1:]
                and not is_maker
                and depth < _FOLLOW
            ):
                waiting.append((found.origin, ref, True, depth + 1))

    # -- what binds names

    def visit_Import(self, node: ast.Import) -> None:
        self.scope.bind_import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.scope.bind_import(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.foreign.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.foreign.update(node.names)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.scope.bind_target(target, value_binding(node.value), node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.scope.bind_target(node.target, value_binding(node.value), node.value)
            self.visit(node.value)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.scope.bind_target(node.target, value_binding(node.value), node.value)
        self.visit(node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.scope.bind_target(node.target)
        if isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple | ast.List):
            # `for task in (charge, refund)`: each of them.
            self.scope.values[node.target.id][-1:] = node.iter.elts
        else:
            self.scope.bind_loop(node.target, node.iter)
        self.generic_visit(node)

    visit_AsyncFor = visit_For

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.scope.bind(node.name, OTHER)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.scope.bind(node.name, OTHER)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.scope.bind(node.rest, OTHER)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.scope.bind(node.name, OTHER)
        if node.type:
            self.visit(node.type)
        self.scope.in_handler += 1
        for statement in node.body:
            self.visit(statement)
        self.scope.in_handler -= 1

    def visit_comprehension_scope(self, node: ast.AST) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        self.visit(generators[0].iter)
        with self._inside() as scope:
            for generator in generators:
                scope.bind_target(generator.target)
                scope.bind_loop(generator.target, generator.iter)
                if generator is not generators[0]:
                    self.visit(generator.iter)
                for condition in generator.ifs:
                    self.visit(condition)
            for name in ("elt", "key", "value"):
                part = getattr(node, name, None)
                if part is not None:
                    self.visit(part)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_scope

    def bind_definition(self, name: str) -> None:
        """Bind the name of a function or class."""
        self.scope.bind(name, DEFINED)

    # -- the walk

    def generic_visit(self, node: ast.AST) -> None:
        """Visit what is inside; as the standard library's, without its generators."""
        for field in node._fields:
            value: Any = getattr(node, field, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def visit(self, node: ast.AST) -> None:
        """Visit a node by its class; classes without a method of ours are looked up once."""
        cls = node.__class__
        method = self._methods.get(cls)
        if method is None:
            name = f"visit_{cls.__name__}"
            method = self._methods[cls] = getattr(self, name, self.generic_visit)
        method(node)

    # -- what has nothing in it for us

    def visit_Name(self, node: ast.Name) -> None:
        """Nothing is inside a name; saves a third of the walk."""

    def visit_Constant(self, node: ast.Constant) -> None:
        """Nor inside a constant."""
