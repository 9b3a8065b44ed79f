"""CS501 pickle: a message that is unpickled can run any code in the worker."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS501"
NAME = "pickle"
PRESET = "default"

_SETTINGS = frozenset(
    {
        "accept_content",
        "result_accept_content",
        "task_serializer",
        "result_serializer",
        "event_serializer",
    }
)
_PICKLE = frozenset({"pickle", "application/x-python-serialize"})


def check(project: Project) -> Iterator[Finding]:
    """Settings, task options and sends that accept or use pickle."""
    rule = (CODE, NAME)
    for module in project.modules:
        for setting in module.settings:
            if setting.name in _SETTINGS:
                for node in _pickles(setting.value):
                    yield finding(module, node, rule, _message(setting.written))
        for send in module.sends:
            if send.method in ("apply_async", "send_task", "apply_async_on_commit"):
                for arg in send.arguments:
                    if arg.keyword == "serializer":
                        for node in _pickles(arg.value):
                            yield finding(module, node, rule, _message("serializer"))
    for module, call in project.app_calls():
        for arg in call.arguments:
            if arg.keyword in _SETTINGS:
                for node in _pickles(arg.value):
                    yield finding(module, node, rule, _message(str(arg.keyword)))
    for module, task in project.tasks():
        option = task.options.get("serializer")
        for node in _pickles(option.value) if option else ():
            yield finding(module, node, rule, _message("serializer"))


def _message(where: str) -> str:
    return f"{where} has pickle: whoever can send a message can run code here; use json"


def _pickles(node: ast.expr) -> Iterator[ast.Constant]:
    """The strings in ``node``, itself or an element of it, that name pickle."""
    if isinstance(node, ast.Constant):
        if node.value in _PICKLE:
            yield node
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for element in node.elts:
            yield from _pickles(element)
    elif isinstance(node, ast.BinOp):
        yield from _pickles(node.left)
        yield from _pickles(node.right)
