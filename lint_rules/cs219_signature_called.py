"""CS219 signature-called: task.s(1)() runs the task here, and sends nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Statement
from lint_rules._engine.kept import kept
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, insert

CODE = "CS219"
NAME = "signature-called"
PRESET = "default"

_MAKERS = frozenset({"s", "si", "signature", "subtask", "clone"})


def check(project: Project) -> Iterator[Finding]:
    """Signatures that are called as a statement."""
    for module in project.modules:
        for statement in _candidates(module):
            func = statement.call.func
            target = project.target_at(Place(func, statement.scope, module))
            if target.kind == "signature" or _says_so(statement):
                text = module.code(func)
                yield finding(
                    module,
                    statement.call,
                    (CODE, NAME),
                    f"{text}() runs the task here and waits for it, nothing is sent; "
                    f"write {text}.apply_async()",
                    Fix("unsafe", "send it", (insert(module, func, ".apply_async"),)),
                )


@kept
def _candidates(module: Module) -> list[Statement]:
    return [statement for statement in module.statements if _may_be_one(statement)]


def _may_be_one(statement: Statement) -> bool:
    return any(
        _last_name(node) in _MAKERS or "signature" in _last_name(node) for node in _made(statement)
    )


def _says_so(statement: Statement) -> bool:
    """Whether what made it is called like ``get_signature``, and the variable like a signature."""
    func = statement.call.func
    made = _made(statement)
    return (
        isinstance(func, ast.Name)
        and func.id in ("sig", "signature", "task_signature")
        and not statement.call.args
        and not statement.call.keywords
        and bool(made)
        and all(_last_name(node).endswith("_signature") for node in made)
    )


def _made(statement: Statement) -> list[ast.Call]:
    """The calls that made what is called."""
    func = statement.call.func
    if isinstance(func, ast.Call):
        return [func]
    if isinstance(func, ast.Name):
        values = statement.scope.values.get(func.id, [])
        calls = [v for v in values if isinstance(v, ast.Call)]
        return calls if len(calls) == len(values) else []
    return []


def _last_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return (dotted(call.func) or ("",))[-1]
