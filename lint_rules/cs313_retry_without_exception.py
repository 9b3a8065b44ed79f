"""CS313 retry-without-exception: exc is raised when the retries are used up, and a text cannot be."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Function
from lint_rules._engine.literals import assigned
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, insert
from lint_rules._engine.retries import Retries

CODE = "CS313"
NAME = "retry-without-exception"
PRESET = "default"

#: ``retry(args, kwargs, exc)``.
_BY_POSITION = 2
#: Methods of a text that give a text.
_OF_TEXT = frozenset({"format", "join", "strip", "lower", "upper", "replace"})


def check(project: Project) -> Iterator[Finding]:
    """``self.retry(exc="text")``."""
    for module, task in project.tasks():
        for call, _ in Retries(task).calls:
            given = next((k.value for k in call.keywords if k.arg == "exc"), None)
            if given is None and not any(isinstance(a, ast.Starred) for a in call.args):
                given = call.args[_BY_POSITION] if len(call.args) > _BY_POSITION else None
            if given is None or not _is_text(given, task.function):
                continue
            before = insert(module, given, "Exception(", at_end=False)
            yield finding(
                module,
                given,
                (CODE, NAME),
                f"after the last retry of task {task.name} exc is raised, and a text cannot be: the task ends with "
                "TypeError: exceptions must derive from BaseException; give the exception itself",
                Fix("unsafe", "wrap it in Exception(...)", (before, insert(module, given, ")"))),
            )


def _is_text(node: ast.expr, function: Function | None = None) -> bool:
    if isinstance(node, ast.Name):
        values = assigned(function, node.id)
        return bool(values) and all(map(_is_text, values))
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add) and _is_text(node.left)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            if dotted(node.func) == ("traceback", "format_exc"):
                return True
            return node.func.attr in _OF_TEXT and _is_text(node.func.value)
        return isinstance(node.func, ast.Name) and node.func.id in ("str", "repr")
    return isinstance(node, ast.JoinedStr)
