"""CS205 arguments-not-a-sequence: args=(x) is x, and a text is sent letter by letter."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Send
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding, insert

CODE = "CS205"
NAME = "arguments-not-a-sequence"
PRESET = "default"

#: Attributes that hold one value and never a list of arguments.
_ONE_VALUE = frozenset({"pk", "id", "uuid"})


def check(project: Project) -> Iterator[Finding]:
    """``apply_async(args=...)`` of a number, a text, ``x.pk`` and the like."""
    for module, send in project.sends():
        if send.method not in ("apply_async", "apply_async_on_commit"):
            continue
        if project.task_of(send) is None:
            continue
        node = _args(send)
        if node is not None and _is_one_value(node):
            text = module.code(node)
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"args={text} is no list or tuple of arguments; write ({text},)",
                _fix(module, node, text),
            )


def _args(send: Send) -> ast.expr | None:
    for n, arg in enumerate(send.arguments):
        if arg.star:
            return None
        if arg.keyword == "args" or (n == 0 and arg.keyword is None):
            return arg.value
    return None


def _is_one_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is not None
    if isinstance(node, ast.Attribute):
        return node.attr in _ONE_VALUE
    return isinstance(node, ast.JoinedStr | ast.Dict)


def _fix(module: Module, node: ast.expr, text: str) -> Fix:
    before, after = insert(module, node, "(", at_end=False), insert(module, node, ",)")
    return Fix("unsafe", f"write ({text},)", (before, after))
