"""CS209 called-instead-of-passed: the task is sent at once, and its result is registered."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS209"
NAME = "called-instead-of-passed"
PRESET = "default"

_SENDS = ("delay", "apply_async")


def check(project: Project) -> Iterator[Finding]:
    """``on_commit(task.delay(x))``."""
    for module, call in project.calls_on_commit():
        first = call.arguments[0].value if call.arguments else None
        if (
            isinstance(first, ast.Call)
            and isinstance(first.func, ast.Attribute)
            and first.func.attr in _SENDS
        ):
            yield finding(
                module,
                first,
                (CODE, NAME),
                f"on_commit({module.code(first.func)}(...)) sends the task at once, before the commit, "
                f"and on_commit gets its result; pass partial({module.code(first.func)}, ...)",
            )
