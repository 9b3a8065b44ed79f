"""CS190 missing-required-option: the house wants this option on every task."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS190"
NAME = "missing-required-option"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Tasks without one of the options of ``house.required-task-options``."""
    tasks = [
        (m, t) for m, t in project.tasks() if not t.has_unknown_options and not t.has_unknown_base
    ]
    for wanted in project.house.required_task_options:
        names = wanted.split("|")
        found = [
            finding(
                module,
                module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} has no {' and no '.join(names)}, which the house rules want",
            )
            for module, task in tasks
            if all(task.option(name) is None for name in names)
        ]
        yield from once(found, len(tasks))
