"""CS610 late-periodic-task: a crashed run comes back although the next one is due anyway."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS610"
NAME = "late-periodic-task"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Tasks of beat entries that are acknowledged late, by their own option or by the setting."""
    by_setting = any(conf.is_true(s.value) for _, s in conf.settings(project, "task_acks_late"))
    module_of = {id(task): module for module, task in project.tasks()}
    entries = [project.task_of_entry(module, entry) for module, entry in project.beat_entries()]
    scheduled = {id(task): task for task in entries if task is not None}
    found = [
        finding(
            module_of[id(task)],
            task.decorator,
            (CODE, NAME),
            f"{task.name} runs by a schedule and is acknowledged late: if its worker dies, it is "
            "delivered again beside the next run; write acks_late=False",
        )
        for task in scheduled.values()
        if _is_late(task, by_setting=by_setting)
    ]
    yield from once(found, len(scheduled), "scheduled tasks")


def _is_late(task: Task, *, by_setting: bool) -> bool:
    option = task.option("acks_late")
    if option is None:
        return by_setting and not task.has_unknown_options and not task.has_unknown_base
    return conf.is_true(option)
