"""Enumerations of the project whose members JSON cannot carry."""

from __future__ import annotations

import ast

from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope
from lint_rules._engine.project import Project

_BARE = frozenset({"enum.Enum", "enum.Flag"})
_DEEPEST = 5


def member_of(project: Project, module: Module, scope: Scope, node: ast.expr) -> str | None:
    """The name of the enumeration that ``node`` is a member of, such as ``Colour`` of ``Colour.RED``.

    None for anything else, and for enumerations of texts and numbers, which JSON writes as such.
    """
    if not isinstance(node, ast.Attribute):
        return None
    ends = list(project.lookup.ends(Place(node.value, scope, module)))
    if len(ends) != 1 or not isinstance(ends[0], Found) or not ends[0].origin:
        return None
    found = project.definition(ends[0].origin)
    if found is None or not _is_bare(project, ends[0].origin):
        return None
    members = found[0].class_scopes.get(found[1])
    return found[1] if members is not None and members.values.get(node.attr) else None


def _is_bare(project: Project, origin: str, depth: int = 0) -> bool:
    """Whether a class is an enumeration, and of nothing that JSON knows."""
    found = project.definition(origin)
    if found is None or depth > _DEEPEST:
        return False
    bases = found[0].classes.get(found[1], [])
    if len(bases) != 1 or not bases[0].origin:
        return False  # `class Colour(str, Enum)` is a text
    above = project.canonical(bases[0].origin)
    return above in _BARE or _is_bare(project, above, depth + 1)
