"""CS402 get-without-timeout: a worker that is gone lets the caller wait for ever."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.waits import waits

CODE = "CS402"
NAME = "get-without-timeout"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``task.delay().get()`` outside of tasks without ``timeout=``."""
    for wait in waits(project):
        if wait.has_timeout or project.task_with(wait.function) is not None:
            continue
        if "test" in wait.module.name[-1] or "tests" in wait.module.name:
            continue  # there the task has run in this process, as a rule
        text = wait.module.code(wait.site.call.func)
        what = text.rpartition(".")[2] if "\n" in text else text
        yield finding(
            wait.module,
            wait.site.call,
            (CODE, NAME),
            f"{what}() waits for ever if no worker takes the task; give it a timeout, in seconds",
        )
