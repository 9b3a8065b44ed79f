"""CS311 retry-for-ever: max_retries=None never gives up, so the message never leaves the queue."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import Retries

CODE = "CS311"
NAME = "retry-for-ever"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``max_retries=None`` of a task that retries."""
    for module, task in project.tasks():
        node = task.option("max_retries")
        if not isinstance(node, ast.Constant) or node.value is not None:
            continue
        # An earlier option of the project's own decorator stands in another file.
        given = task.options.get("max_retries") or task.options.get("base")
        if given and (task.option("autoretry_for") is not None or Retries(task).calls):
            yield finding(
                module,
                given.value,
                (CODE, NAME),
                f"task {task.name} never gives up: max_retries=None means for ever, and what cannot succeed "
                "comes back until someone purges it; write a number",
            )
