"""CS215 large-argument: a file or a rendered page travels in the message, through the broker's memory."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Function
from lint_rules._engine.literals import assigned
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding
from lint_rules._engine.signatures import values

CODE = "CS215"
NAME = "large-argument"
PRESET = "strict"

#: Methods without arguments that give all of a file.
_WHOLE = frozenset({"read", "getvalue", "read_text", "read_bytes", "readlines"})
#: Functions that give a page.
_PAGES = frozenset({"render_to_string", "render_template"})
_SENDS = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "s", "si"})


def check(project: Project) -> Iterator[Finding]:
    """Contents of files, rendered pages and whole bodies of requests, as arguments of a task."""
    for module, send in project.sends():
        if send.method not in _SENDS or project.task_of(send) is None:
            continue
        for node in values(send):
            what = _what(node, send.inside)
            if what is not None:
                yield finding(
                    module,
                    node,
                    (CODE, NAME),
                    f"{module.code(node)} is {what}: it goes through the broker whole, which keeps it in memory "
                    "and may refuse it; store it and send the key",
                )


def _what(node: ast.expr, function: Function | None) -> str | None:
    if isinstance(node, ast.Name):
        given = assigned(function, node.id)
        return _what(given[0], None) if len(given) == 1 else None
    if isinstance(node, ast.Attribute):
        parts = dotted(node) or ("",)
        if parts in (("request", "body"), ("self", "request", "body")):
            return "the whole body of a request"
        is_serialised = node.attr == "data" and "serializer" in parts[-2 if len(parts) > 1 else 0]
        return "all that the serializer gives" if is_serialised else None
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name in _WHOLE and not node.args:
            return "the content of a file"
        if name == "decode":
            return _what(node.func.value, function)
    else:
        name = (dotted(node.func) or ("",))[-1]
    if name == "b64encode" and node.args:
        return _what(node.args[0], function)
    return "a rendered page" if name in _PAGES else None
