"""CS314 long-task-before-waiting-ones: what a worker took in advance is handed out again meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.broker import visibility
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.seconds import seconds

CODE = "CS314"
NAME = "long-task-before-waiting-ones"
PRESET = "strict"

#: With late acknowledgement CS309 speaks, and without prefetching nothing waits in a worker.
_OTHERWISE = ("task_acks_late", "worker_disable_prefetch")


def check(project: Project) -> Iterator[Finding]:
    """A time limit of all tasks over the visibility timeout, where none is acknowledged late."""
    timeout = visibility(project)
    if timeout is None or project.uses_safe_celery:
        return  # SafeCelery raises the timeout above its limits
    if any(conf.is_true(s.value) for _, s in conf.settings(project, *_OTHERWISE)):
        return
    if any((late := t.option("acks_late")) and conf.is_true(late) for _, t in project.tasks()):
        return
    for module, setting in conf.settings(project, "task_time_limit"):
        limit = seconds(module, setting.value, lookup=project.lookup)
        if limit is not None and limit > timeout.seconds:
            yield finding(
                module,
                setting.value,
                (CODE, NAME),
                f"a task may run {limit:g} s, longer than {timeout}: the messages that its worker has taken "
                "in advance wait for its end, and are handed out again; raise visibility_timeout above it",
            )
