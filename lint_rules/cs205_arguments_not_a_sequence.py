"""CS205 arguments-not-a-sequence: args=(x) is x, and a text is sent letter by letter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Send, Task
from lint_rules._engine.literals import assigned
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, tuple_of_one
from lint_rules._engine.signatures import without_name

CODE = "CS205"
NAME = "arguments-not-a-sequence"
PRESET = "default"

_SENDS = frozenset({"apply_async", "apply_async_on_commit", "send_task", "signature", "subtask"})
#: Attributes that hold one value and never a list of arguments.
_ONE_VALUE = frozenset({"pk", "id", "uuid"})
#: Functions whose result is one value.
_CASTS = frozenset({"str", "int", "float", "bool", "repr"})
_MAKES_MANY = frozenset({"list", "tuple", "sorted", "values_list", "split", "copy"})
#: Names that say that there may be more than one.
_MANY = re.compile(r"arg|param|tuple|list|data$|s$")


def check(project: Project) -> Iterator[Finding]:
    """``apply_async(args=...)`` and the like of a number, a text, ``x.pk`` and the like."""
    for module, send in project.sends():
        if send.method not in _SENDS:
            continue
        target = project.target(send)
        if not target.is_known or len(target.tasks) != 1 or target.kind == "canvas":
            continue
        task, node = target.tasks[0], _args(send, by_name=target.kind == "name")
        if node is None:
            continue
        if _is_one_value(node) or _is_meant_for_one(module, send, task, node):
            text = module.code(node)
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"args={text} is no list or tuple of arguments; write ({text},)",
                # Of a set, whether it is one argument or all of them is not to be seen.
                None
                if isinstance(node, ast.Set)
                else Fix("unsafe", f"write ({text},)", tuple_of_one(module, node)),
            )


def _args(send: Send, *, by_name: bool) -> ast.expr | None:
    for n, arg in enumerate(without_name(send) if by_name else send.arguments):
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
    if isinstance(node, ast.Call):
        return (dotted(node.func) or ("",))[-1] in _CASTS
    return isinstance(node, ast.JoinedStr | ast.Dict | ast.Set)


def _is_meant_for_one(module: Module, send: Send, task: Task, node: ast.expr) -> bool:
    """Whether a name stands alone in parentheses, or is that of the task's own parameter."""
    parts = dotted(node)
    if parts is None or (isinstance(node, ast.Name) and _may_be_many(send, node)):
        return False
    if not _MANY.search(parts[-1]) and _is_in_parentheses(module, node):
        return True
    names = [p.arg for p in task.parameters[1 if task.is_bound else 0 :]]
    written = [(dotted(a.value) or ("",))[-1] for a in send.arguments if not a.keyword]
    if len(written) > 1:
        return written == names[: len(written)]
    return bool(names) and names[0] == parts[-1] and "arg" not in parts[-1]


def _may_be_many(send: Send, node: ast.Name) -> bool:
    return any(
        isinstance(value, ast.List | ast.Tuple | ast.BinOp | ast.ListComp | ast.IfExp)
        or (isinstance(value, ast.Call) and (dotted(value.func) or ("",))[-1] in _MAKES_MANY)
        for value in assigned(send.inside, node.id)
    )


def _is_in_parentheses(module: Module, node: ast.expr) -> bool:
    """Whether it has parentheses of its own: ``f((x))`` or ``f(args=(x))``."""
    span = module.span(node)
    lines = [*module.lines[max(span.line - 3, 0) : span.line - 1]]
    before = "\n".join([*lines, module.lines[span.line - 1][: span.column - 1]]).rstrip()
    return before.endswith("(") and before[:-1].rstrip().endswith(("(", "=", ","))
