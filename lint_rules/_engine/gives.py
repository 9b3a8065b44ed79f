"""What calling a function of the project gives: the values that it returns or yields, where they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_rules._engine.facts import Function
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope, dotted
from lint_rules._engine.returns import returned, yielded

_OF_A_CLASS = (("classmethod",), ("staticmethod",))
_PROPERTIES = frozenset({"property", "cached_property"})


class Gives:
    """The functions of some files, with the scopes in which their values stand."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._home: dict[int, tuple[Module, Scope]] = {}
        for module in {id(m): m for m in modules}.values():
            for function, scope in module.scopes.items():
                self._home[id(function)] = (module, scope)

    def of_call(self, found: Found) -> list[Place]:
        """What a call of the function gives, none if that is not to be seen."""
        function = found.function
        if function is None or found.is_self:
            return []
        if any(dotted(d) not in _OF_A_CLASS for d in function.decorator_list):
            return []
        return self._places(function)

    def of_attribute(self, found: Found) -> list[Place]:
        """What a property gives."""
        function = found.function
        names = {(dotted(d) or ("",))[-1] for d in function.decorator_list} if function else set()
        return self._places(function) if function and names and names <= _PROPERTIES else []

    def _places(self, function: Function) -> list[Place]:
        home = self._home.get(id(function))
        if home is None:
            return []
        module, scope = home
        return [Place(value, scope, module) for value in returned(function) or yielded(function)]


def iterated(place: Place) -> Place | None:
    """What a loop takes the values of a name from, if nothing else binds it."""
    if not isinstance(place.node, ast.Name):
        return None
    scope: Scope | None = place.scope
    while scope is not None:
        name = place.node.id
        if name in scope.bindings:
            loops = scope.loops.get(name, [])
            known = len(loops) == 1 == len(scope.values.get(name, []))
            return Place(loops[0], scope, place.module) if known else None
        scope = scope.parent
    return None
