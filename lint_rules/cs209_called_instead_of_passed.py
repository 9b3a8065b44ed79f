"""CS209 called-instead-of-passed: the task is sent at once, and its result is registered."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Call, Finding
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.started import may_be_canvas

CODE = "CS209"
NAME = "called-instead-of-passed"
PRESET = "default"

_SENDS = ("delay", "apply_async")


def check(project: Project) -> Iterator[Finding]:
    """``on_commit(task.delay(x))``, and of a canvas ``on_commit(group(...)())``."""
    for module, call in project.calls_on_commit():
        first = call.arguments[0].value if call.arguments else None
        if isinstance(first, ast.Call) and _sends(project, module, call, first):
            yield finding(
                module,
                first,
                (CODE, NAME),
                f"on_commit({module.code(first.func)}(...)) sends the task at once, before the commit, "
                f"and on_commit gets its result; pass partial({module.code(first.func)}, ...)",
            )


def _sends(project: Project, module: Module, call: Call, first: ast.Call) -> bool:
    scope = call.scope or module.scope
    if isinstance(first.func, ast.Attribute) and first.func.attr in _SENDS:
        return True
    if isinstance(first.func, ast.Attribute) and first.func.attr == "send_task":
        app = project.lookup.find(Place(first.func.value, scope, module)).origin
        return app is not None and project.is_app(app)
    place = Place(first.func, scope, module)
    return may_be_canvas(first.func, place.scope) and project.target_at(place).kind == "canvas"
