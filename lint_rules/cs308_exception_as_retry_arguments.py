"""CS308 exception-as-retry-arguments: the first parameter of retry is the task's arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Function
from lint_rules._engine.kept import kept
from lint_rules._engine.project import Project, finding, insert
from lint_rules._engine.retries import Retries

CODE = "CS308"
NAME = "exception-as-retry-arguments"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``self.retry(error)`` with what an ``except ... as error`` caught."""
    for module, task in project.tasks():
        caught = _caught_names(task.function)
        for call, _ in Retries(task).calls:
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Name) and first.id in caught:
                yield finding(
                    module,
                    first,
                    (CODE, NAME),
                    f"retry({first.id}) sends the exception as the task's arguments; "
                    f"write retry(exc={first.id})",
                    Fix(
                        "safe",
                        f"write exc={first.id}",
                        (insert(module, first, "exc=", at_end=False),),
                    ),
                )


@kept
def _caught_names(function: Function) -> set[str]:
    return {
        node.name
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.ExceptHandler) and node.name
    }
