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
        option = task.options.get("max_retries")
        node = option.value if option else None
        if not isinstance(node, ast.Constant) or node.value is not None:
            continue
        if "autoretry_for" in task.options or Retries(task).calls:
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"task {task.name} never gives up: max_retries=None means for ever, and what cannot succeed "
                "comes back until someone purges it; write a number",
            )
