"""What an expression stands for: names followed through scopes, classes and files to their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope, dotted
from lint_rules._engine.resolve import Resolver

#: How many classes are followed.
_DEEPEST = 9
#: How many values are followed: a name with more is one of generated code.
_MOST = 50


@dataclass(frozen=True, eq=False)
class Place:
    """An expression with the names that it sees."""

    node: ast.expr
    scope: Scope
    module: Module


@dataclass(frozen=True, eq=False)
class Found:
    """What a name stands for.

    ``origin`` is where it is defined or imported from, as a dotted name.
    ``values`` are all the expressions that are assigned to it, if those are all to be seen.
    ``function`` is the function that it names, or if ``is_self`` the one whose ``self`` it is.
    ``why`` says why there is none of them.
    """

    origin: str | None = None
    values: tuple[Place, ...] = ()
    function: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    why: str = ""
    is_self: bool = False


class Lookup:
    """Follows names in the files of one run."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def find(self, place: Place) -> Found:
        """What a plain dotted name stands for."""
        parts = dotted(place.node)
        if parts is None:
            return Found(why="receiver is an expression")
        scope: Scope | None = place.scope
        module = place.module
        while scope is not None and scope.parent is not None:
            binding = scope.bindings.get(parts[0])
            if binding is None:
                scope = scope.parent
                continue
            if binding.kind == "import" and binding.origin:
                return self.at(".".join((*binding.origin, *parts[1:])))
            if binding.kind == "parameter":
                return self._parameter(scope, parts, module)
            if binding.kind == "def":
                local = scope.functions.get(parts[0]) if len(parts) == 1 else None
                return Found(function=local, why="receiver is a local function or class")
            return _values(scope, parts, module)
        binding = module.bindings.get(parts[0])
        if binding is not None:
            return self.at(".".join((module.origin(binding, parts[0]), *parts[1:])))
        if module.stars:
            return self.at(".".join((*module.name, *parts)))
        return Found(why=f"nothing is called {parts[0]} here")

    def at(self, origin: str) -> Found:
        """What stands at a dotted name; its values if an assignment makes it."""
        origin = self._resolver.canonical(origin)
        found = self._resolver.definition(origin)
        if found is not None:
            module, name, binding = found
            if binding.kind in ("call", "other") and module.scope.values.get(name):
                return _values(module.scope, (name,), module, origin)
            return Found(origin, function=module.scope.functions.get(name))
        owner, _, attribute = origin.rpartition(".")
        held = self._resolver.definition(owner) if owner else None
        if held is not None and held[1] in held[0].class_scopes:
            return self._attribute(held[0].class_scopes[held[1]], attribute, held[0]) or Found(
                origin
            )
        return Found(origin)

    def _parameter(self, scope: Scope, parts: tuple[str, ...], module: Module) -> Found:
        first = _first_parameter(scope)
        if parts[0] != first or scope.function is None:
            return Found(why=f"receiver is the parameter {parts[0]}")
        if len(parts) == 1:
            why = f"receiver is the parameter {parts[0]}"
            return Found(function=scope.function, why=why, is_self=True)
        if scope.owner is not None and len(parts) == 2:
            found = self._attribute(scope.owner, parts[1], module)
            if found is not None:
                return found
        return Found(why=f"receiver is an attribute of {first}")

    def _attribute(self, owner: Scope, name: str, module: Module, depth: int = 0) -> Found | None:
        """The values of ``self.name``, from the class or the first base that has it."""
        binding = owner.bindings.get(name)
        if binding is not None and binding.kind == "import" and binding.origin:
            return self.at(".".join(binding.origin))
        if owner.values.get(name):
            return _values(owner, (name,), module)
        if binding is not None:
            origin = ".".join((*module.name, owner.name, name))
            return Found(origin, function=owner.functions.get(name))
        return self.above(owner, name, module, depth)

    def above(self, owner: Scope, name: str, module: Module, depth: int = 0) -> Found | None:
        """What ``super().name`` stands for."""
        for base in owner.bases if depth < _DEEPEST else ():
            origin = self.find(Place(base, module.scope, module)).origin
            held = self._resolver.definition(origin) if origin else None
            if held is not None and held[1] in held[0].class_scopes:
                above = held[0].class_scopes[held[1]]
                found = self._attribute(above, name, held[0], depth + 1)
                if found is not None:
                    return found
        return None

    def ends(self, place: Place, seen: set[int] | None = None) -> Iterator[Place | Found]:
        """Every value that an expression may have, once: conditions and names are followed.

        What is left is an expression that is no name, or a name without assignments.
        """
        node = place.node
        # Of `x = x or y`, five times over, there would be millions of ways.
        seen = set() if seen is None else seen
        if isinstance(node, ast.IfExp):
            for part in (node.body, node.orelse):
                yield from self.ends(Place(part, place.scope, place.module), seen)
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            for part in node.values:
                yield from self.ends(Place(part, place.scope, place.module), seen)
        elif isinstance(node, ast.NamedExpr | ast.Await):
            yield from self.ends(Place(node.value, place.scope, place.module), seen)
        elif isinstance(node, ast.Name | ast.Attribute) and dotted(node) is not None:
            found = self.find(place)
            if not found.values or len(seen) >= _MOST:
                yield found
            for value in found.values if len(seen) < _MOST else ():
                if id(value.node) not in seen:
                    seen.add(id(value.node))
                    yield from self.ends(value, seen)
        else:
            yield place


def _first_parameter(scope: Scope) -> str | None:
    if scope.function is None:
        return None
    arguments = scope.function.args
    parameters = [*arguments.posonlyargs, *arguments.args]
    return next((parameter.arg for parameter in parameters), None)


def _values(
    scope: Scope, parts: tuple[str, ...], module: Module, origin: str | None = None
) -> Found:
    name = parts[0]
    given = scope.values.get(name, [])
    if len(parts) > 1:
        return Found(origin, why=f"receiver is an attribute of {name}")
    if len(given) > _MOST:
        return Found(origin, why=f"{name} is assigned {len(given)} times")
    known = [value for value in given if value is not None]
    if not known or len(known) < len(given):
        return Found(origin, why=f"{name} is not bound by a plain assignment")
    return Found(origin, tuple(Place(value, scope, module) for value in known))
