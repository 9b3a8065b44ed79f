"""Chains, groups and chords, with their members as they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine.facts import Call
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project

_LINKS = ("link", "link_error")
_KINDS = {
    f"{home}.{kind}": kind for home in ("celery", "celery.canvas") for kind in ("chain", "group", "chord")
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Canvas:
    """``kind`` is chain, group, chord, link or link_error; ``members`` run side by side or one after another.

    ``fed`` are those that get the result of what is before them.
    """

    kind: str
    module: Module
    members: tuple[Place, ...]
    fed: tuple[Place, ...]


def canvases(project: Project) -> Iterator[Canvas]:
    """Every chain, group, chord and ``link=`` of the project."""
    for module, call in project.calls_of(*_KINDS):
        kind = _KINDS[project.canonical(call.callee.origin or "")]
        yield _of_call(kind, module, call)
    for module in project.modules:
        inner = {id(node.left) for node, _ in module.pipes}
        for node, scope in module.pipes:
            if id(node) not in inner:
                parts = tuple(Place(part, scope, module) for part in _pipe(node))
                if any(project.target_at(part).kind in ("signature", "canvas") for part in parts):
                    yield Canvas("chain", module, parts, parts[1:])
    for module, send in project.sends():
        for arg in send.arguments:
            if arg.keyword in _LINKS and send.scope is not None and send.method == "apply_async":
                parts = tuple(
                    Place(n, send.scope, module) for n in _written(arg.value) if _is_plain(n)
                )
                # What an error is handed on to gets other arguments than a result.
                yield Canvas(arg.keyword, module, parts, parts if arg.keyword == "link" else ())
    for module in project.modules:
        for site in module.sites_by_name.get("link", ()):
            func = site.call.func
            if not isinstance(func, ast.Attribute) or len(site.call.args) != 1:
                continue
            held = project.target_at(Place(func.value, site.scope, module))
            parts = (Place(site.call.args[0], site.scope, module),)
            if held.kind in ("signature", "canvas") and _is_plain(parts[0].node):
                yield Canvas("link", module, parts, parts)


def _of_call(kind: str, module: Module, call: Call) -> Canvas:
    scope = call.scope or module.scope

    def places(nodes: list[ast.expr]) -> tuple[Place, ...]:
        return tuple(Place(node, scope, module) for node in nodes if _is_plain(node))

    positional = [a.value for a in call.arguments if not a.keyword and not a.star]
    if kind == "chord":
        bodies = positional[1:2] + [a.value for a in call.arguments if a.keyword == "body"]
        return Canvas(kind, module, places(_flat(positional[:1])), places(bodies))
    is_whole = len(positional) == len(call.arguments)
    written = _flat(positional) if len(positional) == 1 else positional
    members = places(written)
    fed = members[1:] if kind == "chain" and is_whole and len(members) == len(written) else ()
    return Canvas(kind, module, members, fed)


def chord_bodies(project: Project) -> Iterator[tuple[Module, Place]]:
    """The bodies of ``chord(header)(body)``."""
    for module in project.modules:
        for site in module.sites_by_name.get("", ()):
            func = site.call.func
            if isinstance(func, ast.Call) and site.call.args and _is_plain(site.call.args[0]):
                place = Place(func.func, site.scope, module)
                found = project.lookup.find(place).origin
                if found is not None and _KINDS.get(project.canonical(found)) == "chord":
                    yield module, Place(site.call.args[0], site.scope, module)


def _flat(nodes: list[ast.expr]) -> list[ast.expr]:
    """The elements if one list, tuple or comprehension is given."""
    return [inner for node in nodes for inner in _written(node)]


def _written(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return [node.elt]
    return [node]


def _is_plain(node: ast.expr) -> bool:
    return not isinstance(node, ast.Starred)


def _pipe(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_pipe(node.left), node.right]
    return [node]
