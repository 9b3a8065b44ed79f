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
        args = task.function.args
        positional = [*args.posonlyargs, *args.args]
        required = positional[: len(positional) - len(args.defaults)][1 if task.is_bound else 0 :]
        required += [a for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is None]
        for param in required:
            yield finding(
                module,
                param,
                (CODE, NAME),
                f"parameter {param.arg} of task {task.name} has no default: "
                "a message that was sent without it fails in the worker",
            )
