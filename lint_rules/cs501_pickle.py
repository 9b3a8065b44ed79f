"""CS501 pickle: a message that is unpickled can run any code in the worker."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.names import last_name
from lint_rules._engine.project import Project, finding
from lint_rules._engine.seconds import defaults

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
_SENDS = frozenset({"apply_async", "send_task", "apply_async_on_commit", "signature", "subtask"})
_MAKERS = frozenset({"list", "tuple", "set", "frozenset", "sorted"})
_PICKLE = frozenset({"pickle", "application/x-python-serialize"})


def check(project: Project) -> Iterator[Finding]:
    """Settings, task options and sends that accept or use pickle."""
    rule = (CODE, NAME)
    for module, setting in conf.settings(project, *_SETTINGS):
        for node in _pickles(setting.value):
            yield finding(module, node, rule, _message(setting.written))
    for module, send in project.sends():
        if send.method in _SENDS:
            for arg in project.arguments_of(module, send):
                for node in _pickles(arg.value) if arg.keyword == "serializer" else ():
                    yield finding(module, node, rule, _message("serializer"))
    for module, task in project.tasks():
        option = task.options.get("serializer")
        for node in _pickles(option.value) if option else ():
            yield finding(module, node, rule, _message(f"serializer of task {task.name}"))


def _message(where: str) -> str:
    return f"{where} has pickle: whoever can send a message can run code here; use json"


def _pickles(node: ast.expr) -> Iterator[ast.Constant]:
    """The strings in ``node``, itself or an element of it, that name pickle.

    What the environment may give instead counts with its default.
    """
    if isinstance(node, ast.Constant):
        if node.value in _PICKLE:
            yield node
        return
    parts: list[ast.expr] = []
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = node.elts
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.Starred):
        parts = [node.value]
    elif isinstance(node, ast.Call):
        parts = node.args if last_name(node.func) in _MAKERS else defaults(node)
    for part in parts:
        yield from _pickles(part)
