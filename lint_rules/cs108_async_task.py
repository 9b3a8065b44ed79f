"""CS108 async-task: Celery never awaits an async function, and reports that it succeeded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS108"
NAME = "async-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``async def`` under a task decorator of plain Celery."""
    if project.reads_attribute("CELERY_CUSTOM_WORKER_POOL"):
        return  # a pool of somebody else's may await them
    for module, task in project.tasks():
        if task.is_safe or task.others or task.maker or "base" in task.options:
            continue
        if isinstance(task.function, ast.AsyncFunctionDef):
            yield finding(
                module,
                module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} is async: Celery never awaits it and reports success; "
                "call asyncio.run in a plain function, or use SafeCelery, which runs it",
            )
