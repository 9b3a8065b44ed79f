"""CS102 parameter-without-default: a message sent before the parameter existed cannot run."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS102"
NAME = "parameter-without-default"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Each parameter of a task that has no default, apart from a bound task's first."""
    for module, task in project.tasks():
        params = task.function.params
        positional = [*params.posonly_params, *params.params]
        if task.is_bound:
            positional = positional[1:]
        for param in (*positional, *params.kwonly_params):
            if param.default is None:
                yield finding(
                    module,
                    param,
                    (CODE, NAME),
                    f"parameter {param.name.value} of task {task.name} has no default: "
                    "a message that was sent without it fails in the worker",
                )
