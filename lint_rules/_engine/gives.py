"""What calling a function of the project gives: the values that it returns or yields, where they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_rules._engine.facts import Function
from lint_rules._engine.lookup import Found, Lookup, Place
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


def iterated(place: Place) -> list[tuple[Place, int | None]]:
    """What loops take the values of a name from, if nothing else binds it.

    With each goes the place in an element, if that is unpacked.
    """
    if not isinstance(place.node, ast.Name):
        return []
    scope: Scope | None = place.scope
    while scope is not None:
        name = place.node.id
        if name in scope.bindings:
            loops = scope.loops.get(name, [])
            is_known = len(loops) == len(scope.values.get(name, []))
            return [(Place(node, scope, place.module), at) for node, at in loops if is_known]
        scope = scope.parent
    return []


def written(end: Place | Found, lookup: Lookup) -> list[Place]:
    """The elements of a list, or of ``values()`` of a dictionary, that is written out."""
    if isinstance(end, Found):
        return []
    node = end.node
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = node.elts
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr != "values" or node.args:
            return []
        held = list(lookup.ends(Place(node.func.value, end.scope, end.module)))
        tables = [e.node for e in held if isinstance(e, Place) and isinstance(e.node, ast.Dict)]
        is_whole = len(tables) == len(held) and not any(None in t.keys for t in tables)
        scopes = [e for e in held if isinstance(e, Place)]
        return [
            Place(value, e.scope, e.module)
            for e, table in zip(scopes, tables, strict=False)
            for value in (table.values if is_whole else ())
        ]
    else:
        return []
    if any(isinstance(part, ast.Starred) for part in parts):
        return []
    return [Place(part, end.scope, end.module) for part in parts]


def picked(element: Place, at: int | None) -> Place | None:
    """The part of an element that a name of ``for name, task in ...`` gets."""
    node = element.node
    if at is None:
        return element
    if not isinstance(node, ast.Tuple | ast.List) or len(node.elts) <= at:
        return None
    return Place(node.elts[at], element.scope, element.module)
