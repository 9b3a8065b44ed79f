"""CS221 send-of-no-task: a plain function has no delay, and a module has not what it lacks."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Send
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding

CODE = "CS221"
NAME = "send-of-no-task"
PRESET = "default"

_METHODS = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "si"})
#: Ways to give a module names that no statement of it shows.
_DYNAMIC = re.compile(r"\b(globals\(\)|__getattr__|sys\.modules|setattr\(|exec\(|global )")


def check(project: Project) -> Iterator[Finding]:
    """``name.delay()`` where the project shows that ``name`` is no task."""
    for module, send in project.sends():
        if send.method not in _METHODS or module.is_test_file:
            continue
        why = _why(project, module, send)
        if why is not None:
            yield finding(
                module,
                send.call.func,
                (CODE, NAME),
                f"{send.receiver_text}.{send.method} raises AttributeError: {why}",
            )


def _why(project: Project, module: Module, send: Send) -> str | None:
    func = send.call.func
    if not isinstance(func, ast.Attribute) or dotted(func.value) is None:
        return None
    found = project.lookup.find(Place(func.value, send.scope or module.scope, module))
    if found.origin is None or found.values or project.target(send).kind != "unknown":
        return None
    known = project.definition(found.origin)
    if known is None:
        return _missing(project, found.origin)
    home, name, binding = known
    is_given = re.search(rf"\b{name}\.\w+ = |=\s*.*\(\s*{name}\b", home.text)
    if binding.kind != "def" or home.decorated.get(name) is not False or is_given:
        return None
    if not isinstance(home.definitions.get(name), ast.FunctionDef | ast.AsyncFunctionDef):
        return None  # a class may inherit one
    return f"{name} is a plain function of {'.'.join(home.name)}; put the task decorator above it"


def _missing(project: Project, origin: str) -> str | None:
    """What a module of the project does not have."""
    home, _, name = origin.rpartition(".")
    modules = project.modules_at(tuple(home.split("."))) if home else []
    if len(modules) != 1 or modules[0] is None or project.modules_at(tuple(origin.split("."))):
        return None
    module = modules[0]
    if module.stars or name in module.bindings or _DYNAMIC.search(module.text):
        return None
    close = difflib.get_close_matches(name, module.bindings, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"module {home} has no {name}{hint}"
