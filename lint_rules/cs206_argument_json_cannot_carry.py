"""CS206 argument-json-cannot-carry: the call raises EncodeError, in the request that sends."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Send
from lint_rules._engine.literals import assigned
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding
from lint_rules._engine.signatures import values

CODE = "CS206"
NAME = "argument-json-cannot-carry"
PRESET = "default"

_KINDS: dict[type[ast.expr], str] = {
    ast.Set: "a set", ast.SetComp: "a set", ast.GeneratorExp: "a generator", ast.Lambda: "a function",
}  # fmt: skip
_MAKERS = {"set": "a set", "frozenset": "a set", "timedelta": "a timedelta", "Path": "a path"}
_QUERIES = frozenset({"values_list", "distinct", "filter", "exclude", "order_by"})


def check(project: Project) -> Iterator[Finding]:
    """Arguments of known tasks that kombu's JSON refuses."""
    own_tasks = {id(task.function) for _, task in project.tasks()}
    for module, send in project.sends():
        if send.method == "send_task" or project.task_of(send) is None:
            continue
        for node in values(send):
            what = _what(node) or _local(send, node) or _self(send, node, own_tasks)
            if what and project.sends_json(send):
                yield finding(
                    module,
                    node,
                    (CODE, NAME),
                    f"{module.code(node)} is {what}, which JSON cannot carry: the call raises EncodeError; "
                    "send a list, a number or a text",
                )


def _what(node: ast.expr) -> str | None:
    if isinstance(node, ast.Call):
        parts = dotted(node.func)
        if parts is not None and parts[-1] in _MAKERS:
            return _MAKERS[parts[-1]]
        if isinstance(node.func, ast.Attribute) and node.func.attr in _QUERIES:
            inner = ast.unparse(node.func.value)
            return "a queryset" if ".objects" in inner else None
    return _KINDS.get(type(node))


def _local(send: Send, node: ast.expr) -> str | None:
    """What a local name holds, if each assignment says the same."""
    if not isinstance(node, ast.Name):
        return None
    kinds = {_what(value) for value in assigned(send.inside, node.id)}
    return kinds.pop() if len(kinds) == 1 else None


def _self(send: Send, node: ast.expr, own_tasks: set[int]) -> str | None:
    """``task.delay(self)`` in a method; in a bound task, self is the task and another mistake."""
    function = send.inside
    if not isinstance(node, ast.Name) or node.id != "self" or function is None:
        return None
    first = function.args.args[0].arg if function.args.args else None
    return "an object" if first == "self" and id(function) not in own_tasks else None
