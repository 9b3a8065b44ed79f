"""What is a Celery app: instances of Celery and its children, and what factories give."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Ref
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.resolve import Resolver
from lint_rules._engine.returns import imported_inside, local_values, returned

SAFE = frozenset({"celery_safe.SafeCelery", "celery_safe.app.SafeCelery"})
PLAIN = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_CURRENT = frozenset({"celery.current_app", "celery._state.current_app"})
_PROXIES = frozenset({"Proxy", "LocalProxy", "SimpleLazyObject"})
#: How many classes and factories are followed.
_DEEPEST = 9


class Apps:
    """Tells the apps of one run.

    Args:
        has_safe_app: whether some app of the project is a SafeCelery; then any that is not seen may be.
    """

    def __init__(self, resolver: Resolver, *, has_safe_app: bool) -> None:
        self._resolver = resolver
        self.has_safe_app = has_safe_app

    def is_class(self, origin: str, depth: int = 0) -> bool | None:
        """True for SafeCelery and its children, False for a plain Celery, None for neither."""
        origin = self._resolver.canonical(origin)
        if origin in SAFE:
            return True
        if origin in PLAIN:
            return False
        found = self._resolver.definition(origin)
        if found and depth < _DEEPEST:
            module, name, _ = found
            for base in module.classes.get(name, []):
                kind = self.is_class(base.origin, depth + 1) if base.origin else None
                if kind is not None:
                    return kind
        return None

    def kind(self, ref: Ref) -> bool | None:
        """True for a SafeCelery app, False for a Celery app, None if it is no app."""
        if ref.instance_of:
            return self._made_by(ref.instance_of)
        return self.kind_of(ref.origin) if ref.origin else None

    def kind_of(self, origin: str) -> bool | None:
        """The same, of what stands at a dotted name."""
        origin = self._resolver.canonical(origin)
        if origin in _CURRENT:
            return self.has_safe_app
        found = self._resolver.definition(origin)
        if found is None:
            # From a file outside this run, or an attribute such as server.celery: believe a name
            # that says "celery".
            is_own = self._resolver.is_own(origin)
            said = origin.rpartition(".")[2] if is_own else origin
            return self.has_safe_app if "celery" in said.lower() else None
        module, name, binding = found
        if binding.kind != "call" or not binding.origin:
            return None
        if binding.origin[-1] in _PROXIES:
            return self._proxied(module, name)
        return self._made_by(self._resolver.in_module(module, binding.origin))

    def has_foreign_class(self, origin: str) -> bool:
        """Whether the class of an app, or of its tasks, is of another distribution."""
        origin = self._resolver.canonical(origin)
        found = self._resolver.definition(origin)
        if found is None:
            return origin not in _CURRENT and not self._resolver.is_own(origin)
        module, name, binding = found
        for value in module.scope.values.get(name, []):
            if isinstance(value, ast.Call) and any(k.arg == "task_cls" for k in value.keywords):
                return True
        if binding.kind != "call" or not binding.origin:
            return False
        return self._is_foreign(self._resolver.in_module(module, binding.origin), 0)

    def _is_foreign(self, origin: str, depth: int) -> bool:
        origin = self._resolver.canonical(origin)
        if origin in SAFE or origin in PLAIN or depth > _DEEPEST:
            return False
        found = self._resolver.definition(origin)
        if found is None:
            return not self._resolver.is_own(origin)
        bases = [base.origin for base in found[0].classes.get(found[1], []) if base.origin]
        return any(self._is_foreign(base, depth + 1) for base in bases)

    def _proxied(self, module: Module, name: str) -> bool | None:
        """What ``Proxy(get_app)``, or one of a lambda, stands for."""
        for value in module.scope.values.get(name, []):
            if not isinstance(value, ast.Call) or not value.args:
                continue
            given = value.args[0]
            if isinstance(given, ast.Lambda):
                given = given.body.func if isinstance(given.body, ast.Call) else given.body
            parts = dotted(given)
            if parts is None:
                continue
            origin = self._resolver.in_module(module, parts)
            kind = self.kind_of(origin) if origin != ".".join((*module.name, name)) else None
            return kind if kind is not None else self._made_by(origin)
        return None

    def _made_by(self, maker: str) -> bool | None:
        kind = self.is_class(maker)
        if kind is None:
            kind = self._factory(self._resolver.canonical(maker), 0)
        if kind is None and "celery" in self._resolver.canonical(maker).lower():
            return self.has_safe_app  # a factory such as make_celery()
        return kind

    def _factory(self, origin: str, depth: int) -> bool | None:
        """What a function of the project gives back, by its annotation or its body."""
        found = self._resolver.definition(origin)
        node = found[0].definitions.get(found[1]) if found else None
        if found is None or not isinstance(node, ast.FunctionDef) or depth > _DEEPEST:
            return None
        values: list[ast.AST] = [*returned(node)]
        for value in returned(node):
            if isinstance(value, ast.Name):
                values += local_values(node, value.id)
        for call in values:
            if isinstance(call, ast.Call):
                kind = self._called(found[0], node, call, depth)
                if kind is not None:
                    return kind
        name = dotted(node.returns) if node.returns else None
        return self.is_class(self._at(found[0], node, name)) if name else None

    def _called(
        self, module: Module, function: ast.FunctionDef, call: ast.Call, depth: int
    ) -> bool | None:
        name = dotted(call.func)
        if name is None:
            return None
        origin = self._at(module, function, name)
        kind = self.is_class(origin)
        return kind if kind is not None else self._factory(origin, depth + 1)

    def _at(self, module: Module, function: ast.FunctionDef, name: tuple[str, ...]) -> str:
        inside = imported_inside(function, name[0], module.package)
        if inside is not None:
            return ".".join((*inside, *name[1:]))
        return self._resolver.in_module(module, name)
