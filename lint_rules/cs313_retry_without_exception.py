"""CS313 retry-without-exception: exc is raised when the retries are used up, and a text cannot be."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.project import Project, finding, insert
from lint_rules._engine.retries import Retries

CODE = "CS313"
NAME = "retry-without-exception"
PRESET = "default"

#: Methods of a text that give a text.
_OF_TEXT = frozenset({"format", "join", "strip", "lower", "upper", "replace"})


def check(project: Project) -> Iterator[Finding]:
    """``self.retry(exc="text")``."""
    for module, task in project.tasks():
        for call, _ in Retries(task).calls:
            given = next((k.value for k in call.keywords if k.arg == "exc"), None)
            if given is None or not _is_text(given):
                continue
            before = insert(module, given, "Exception(", at_end=False)
            yield finding(
                module,
                given,
                (CODE, NAME),
                "after the last retry exc is raised, and a text cannot be: the task ends with "
                "TypeError: exceptions must derive from BaseException; give the exception itself",
                Fix("unsafe", "wrap it in Exception(...)", (before, insert(module, given, ")"))),
            )


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add) and _is_text(node.left)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return node.func.attr in _OF_TEXT and _is_text(node.func.value)
        return isinstance(node.func, ast.Name) and node.func.id in ("str", "repr")
    return isinstance(node, ast.JoinedStr)
