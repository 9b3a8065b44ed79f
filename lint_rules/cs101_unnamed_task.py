"""CS101 unnamed-task: moving or renaming the function breaks messages in flight."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS101"
NAME = "unnamed-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Task decorators without ``name=``."""
    for module, task in project.tasks():
        if "name" not in task.options and not task.has_unknown_options:
            computed = ".".join((*module.name, task.name))
            yield finding(
                module,
                task.decorator,
                (CODE, NAME),
                f"task {task.name} has no name, so Celery names it after its module and function; "
                f'write name="{computed}" if the module is imported as {".".join(module.name)}',
            )
