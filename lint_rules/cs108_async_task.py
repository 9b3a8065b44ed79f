"""CS108 async-task: Celery never awaits an async function, and reports that it succeeded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.decorators import gives_coroutines
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS108"
NAME = "async-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``async def`` under a task decorator of plain Celery."""
    if project.reads_attribute("CELERY_CUSTOM_WORKER_POOL"):
        return  # a pool of somebody else's may await them
    for module, task in project.tasks():
        if task.is_safe or not isinstance(task.function, ast.AsyncFunctionDef):
            continue
        if not _may_await(project, module, task):
            yield finding(
                module,
                module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} is async: Celery never awaits it and reports success; "
                "call asyncio.run in a plain function, or use SafeCelery, which runs it",
            )


def _may_await(project: Project, module: Module, task: Task) -> bool:
    """Whether its class, its app's class, or a decorator may run what the function gives."""
    if task.has_unknown_options or task.has_unknown_base:
        return True
    base = task.option("base") or (task.decorator if task.definition else None)
    if base is not None:
        held = project.lookup.find(Place(base, module.scope, module)).origin
        is_seen = held is not None and (held.startswith("celery.") or project.definition(held))
        if not is_seen or project.lookup.at(f"{held}.__call__").function is not None:
            return True
    others = (d for d in task.function.decorator_list if d is not task.decorator)
    return not all(
        origin is not None
        and gives_coroutines(project, origin, is_called=isinstance(decorator, ast.Call))
        for decorator, origin in zip(others, task.others, strict=True)
    )
