"""CS223 signature-dropped: task.s(1) alone says what could be sent, and sends nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Statement
from lint_rules._engine.kept import kept
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding, insert

CODE = "CS223"
NAME = "signature-dropped"
PRESET = "default"

_MAKERS = frozenset({"s", "si", "signature", "subtask"})
_CANVAS = frozenset({"chain", "group", "chord"})


def check(project: Project) -> Iterator[Finding]:
    """Signatures and canvases whose value nobody uses."""
    for module in project.modules:
        if module.is_test_file:
            continue  # made to see that it can be made
        for statement in _candidates(module):
            if _is_signature(project, module, statement):
                yield finding(
                    module,
                    statement.call,
                    (CODE, NAME),
                    f"{module.code(statement.call)} is made and dropped, so nothing is sent; "
                    "add .apply_async()",
                    Fix("unsafe", "send it", (insert(module, statement.call, ".apply_async()"),)),
                )


@kept
def _candidates(module: Module) -> list[Statement]:
    return [s for s in module.statements if _last_name(_unset(s.call)) in _MAKERS | _CANVAS]


def _is_signature(project: Project, module: Module, statement: Statement) -> bool:
    call = _unset(statement.call)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _MAKERS:
        return project.target_at(Place(call.func.value, statement.scope, module)).kind == "task"
    return project.target_at(Place(call, statement.scope, module)).kind == "canvas"


def _unset(call: ast.Call) -> ast.Call:
    """``charge.s(1)`` of ``charge.s(1).set(queue="mail")``."""
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr == "set" and isinstance(func.value, ast.Call):
        return func.value
    return call


def _last_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
