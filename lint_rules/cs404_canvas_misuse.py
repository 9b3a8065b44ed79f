"""CS404 canvas-misuse: a task or a sent task stands where a signature belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.canvas import canvases, chord_bodies
from lint_rules._engine.facts import Edit, Finding, Fix
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding, insert

CODE = "CS404"
NAME = "canvas-misuse"
PRESET = "default"

_STARTS = ("delay", "apply_async")


def check(project: Project) -> Iterator[Finding]:
    """``group(task.delay())``, ``chain(task(1), ...)``, ``chord(...)(task)`` and ``link=task``."""
    for canvas in canvases(project):
        members = {id(p.node): p for p in (*canvas.members, *canvas.fed)}
        for place in members.values():
            yield from _wrong(project, place, canvas.kind)
    for _, place in chord_bodies(project):
        yield from _wrong(project, place, "chord")


def _wrong(project: Project, place: Place, kind: str) -> Iterator[Finding]:
    node, module = place.node, place.module
    if isinstance(node, ast.Call):
        yield from _called(project, place, node, kind)
    elif isinstance(node, ast.Attribute) and node.attr in _STARTS:
        held = project.target_at(Place(node.value, place.scope, module))
        if held.kind in ("task", "signature"):
            yield _finding(module, node, f"{module.code(node)} is no signature", kind, "s()", None)
    elif isinstance(node, ast.Name | ast.Attribute) and project.target_at(place).kind == "task":
        fix = Fix("unsafe", "write .s()", (insert(module, node, ".s()"),))
        yield _finding(module, node, f"{module.code(node)} is a task", kind, "s()", fix)


def _called(project: Project, place: Place, node: ast.Call, kind: str) -> Iterator[Finding]:
    func, module = node.func, place.module
    if isinstance(func, ast.Attribute) and func.attr in _STARTS:
        held = project.target_at(Place(func.value, place.scope, module))
        if held.kind not in ("task", "signature", "canvas"):
            return
        what = f"{module.code(func)}(...) sends the task at once"
        fix = _as_signature(module, func) if func.attr == "delay" and held.kind == "task" else None
        yield _finding(module, node, what, kind, "s(...)", fix)
        return
    if isinstance(func, ast.Name | ast.Attribute):
        called = project.target_at(Place(func, place.scope, module))
        if called.kind == "task":
            fix = Fix("unsafe", "write .s", (insert(module, func, ".s"),))
            what = f"{module.code(func)}(...) runs the task here"
            yield _finding(module, node, what, kind, "s(...)", fix)


def _as_signature(module: Module, func: ast.Attribute) -> Fix:
    span = module.span(func)
    start = span.end_column - len(func.attr)
    edit = Edit(span.end_line, start, span.end_line, span.end_column, "s")
    return Fix("unsafe", "write .s", (edit,))


def _finding(
    module: Module, node: ast.expr, what: str, kind: str, instead: str, fix: Fix | None
) -> Finding:
    where = f"{kind}=" if kind.startswith("link") else f"{kind}(...)"
    message = f"{what}, where {where} takes a signature, and fails on it; write .{instead}"
    return finding(module, node, (CODE, NAME), message, fix)
