"""CS192 missing-required-decorator: the house wants this decorator on every task."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS192"
NAME = "missing-required-decorator"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Tasks without a decorator of ``house.required-decorators`` below the task decorator."""
    tasks = [(m, t) for m, t in project.tasks() if t.maker is None and t.definition is None]
    for wanted in project.house.required_decorators:
        origin = project.canonical(wanted)
        found = [
            finding(
                module,
                module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} has no @{wanted} below, which the house rules want",
            )
            for module, task in tasks
            if not _may_have(project, task, origin)
        ]
        yield from once(found, len(tasks))


def _may_have(project: Project, task: Task, wanted: str) -> bool:
    others = (d for d in task.function.decorator_list if d is not task.decorator)
    below = [
        origin
        for node, origin in zip(others, task.others, strict=True)
        if node.lineno > task.decorator.lineno
    ]
    return any(origin is None or project.canonical(origin) == wanted for origin in below)
