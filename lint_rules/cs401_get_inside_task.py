"""CS401 get-inside-task: waiting for another task raises RuntimeError, or blocks the worker."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.waits import waits

CODE = "CS401"
NAME = "get-inside-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``task.delay().get()`` in the body of a task."""
    for wait in waits(project):
        if project.task_with(wait.function) is None or wait.is_allowed:
            continue
        text = wait.module.code(wait.site.call.func)
        what = text.rpartition(".")[2] if "\n" in text else text
        yield finding(
            wait.module,
            wait.site.call,
            (CODE, NAME),
            f"{what}() inside task {wait.function.name} raises RuntimeError: a task that waits for "
            "another one may block all workers; use a chain, or a chord",
        )
