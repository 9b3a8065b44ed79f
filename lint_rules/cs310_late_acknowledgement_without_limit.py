"""CS310 late-acknowledgement-without-limit: a run longer than the broker waits is repeated."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.broker import visibility
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS310"
NAME = "late-acknowledgement-without-limit"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``acks_late`` on Redis or SQS with neither a time limit nor a visibility timeout."""
    timeout = visibility(project)
    if timeout is None or timeout.is_written or project.uses_safe_celery:
        return
    if any(conf.settings(project, "task_time_limit")):
        return
    message = (
        f"{{}} acknowledged late and has no time limit: a run longer than {timeout} "
        "is started again while it goes on; write a time_limit and a visibility_timeout above it"
    )
    for module, setting in conf.settings(project, "task_acks_late"):
        if conf.is_true(setting.value):
            yield finding(module, setting.node, (CODE, NAME), message.format("every task is"))
            return
    late = [
        (module, task, task.options.get("acks_late"))
        for module, task in project.tasks()
        if (value := task.option("acks_late")) and conf.is_true(value)
    ]
    found = [
        finding(
            module,
            option.node if option else module.decorator_span(task.decorator),
            (CODE, NAME),
            message.format(f"task {task.name} is"),
        )
        for module, task, option in late
        if not _has_limit(task)
    ]
    yield from once(found, len(late), "tasks with acks_late")


def _has_limit(task: Task) -> bool:
    is_unknown = task.has_unknown_options or task.has_unknown_base
    return is_unknown or task.option("time_limit") is not None
