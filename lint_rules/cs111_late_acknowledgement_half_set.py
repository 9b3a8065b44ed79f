"""CS111 late-acknowledgement-half-set: acks_late and reject_on_worker_lost only help together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS111"
NAME = "late-acknowledgement-half-set"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Tasks with one of the two that have not the other, nor by a setting."""
    late, reject = (_setting(project, n) for n in ("task_acks_late", "task_reject_on_worker_lost"))
    tasks = [
        (m, t)
        for m, t in project.tasks()
        if not t.is_safe and not t.has_unknown_options and not t.has_unknown_base
    ]
    found = []
    for module, task in tasks:
        is_late, is_rejecting = _is_on(task, "acks_late"), _is_on(task, "reject_on_worker_lost")
        if is_late and reject is None and task.option("reject_on_worker_lost") is None:
            name = "acks_late"
            why = "is still lost when its worker process is killed; add reject_on_worker_lost=True"
        elif is_rejecting and late is None and not is_late:
            name = "reject_on_worker_lost"
            why = "is acknowledged before it runs, so that has no effect; add acks_late=True"
        else:
            continue
        option = task.options.get(name)
        found.append(
            finding(
                module,
                option.node if option else module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} has {name}, but {why}",
            )
        )
    yield from once(found, len(tasks))


def _setting(project: Project, name: str) -> ast.expr | None:
    """The value of a setting, wherever it is given."""
    return next((s.value for _, s in conf.settings(project, name)), None)


def _is_on(task: Task, name: str) -> bool:
    value = task.option(name)
    return isinstance(value, ast.Constant) and value.value is True
