"""CS216 unknown-task-name: send_task takes any name, and the worker discards what it does not know."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.absent import absent
from lint_rules._engine.by_name import names_its_task
from lint_rules._engine.constants import text
from lint_rules._engine.facts import Finding, Send
from lint_rules._engine.lookup import Place
from lint_rules._engine.project import Project, finding

CODE = "CS216"
NAME = "unknown-task-name"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``send_task`` and ``signature`` with a name that no task of the project has, though it is of the project's package."""
    for module, send in project.sends():
        node = _name(send)
        if node is None or not names_its_task(project, send):
            continue
        name = text(project.lookup, Place(node, send.scope or module.scope, module))
        missing = absent(project, name) if name else None
        if missing is None:
            continue
        hint = f"; did you mean {missing.nearest!r}?" if missing.nearest else ""
        yield finding(
            module,
            node,
            (CODE, NAME),
            f"no task is called {name!r}, so the worker discards it: {missing.why}{hint}",
        )


def _name(send: Send) -> ast.expr | None:
    for arg in send.arguments:
        if arg.keyword in (None, "name", "task"):
            return None if arg.star else arg.value
    return None
