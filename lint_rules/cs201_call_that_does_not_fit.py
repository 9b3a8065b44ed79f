"""CS201 call-that-does-not-fit: the arguments do not fit the task's parameters."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Send, Task
from lint_rules._engine.project import Project, finding
from lint_rules._engine.signatures import Given, given, given_apart, misfit

CODE = "CS201"
NAME = "call-that-does-not-fit"
PRESET = "default"

#: What :mod:`lint_rules.cs204_option_passed_to_delay` speaks of.
_OPTIONS = frozenset({"args", "kwargs", "countdown", "eta", "expires", "queue", "task_id"})
#: Decorators that leave a function's parameters as they are.
_KEEP_PARAMETERS = frozenset(
    {
        "django.db.transaction.atomic",
        "django.db.transaction.non_atomic_requests",
        "functools.lru_cache",
        "functools.cache",
        "sentry_sdk.trace",
    }
)


def check(project: Project) -> Iterator[Finding]:
    """Sends and signatures of the project's own tasks whose arguments cannot be bound."""
    for module, send in project.sends():
        task = project.task_of(send)
        if task is None or not _has_known_parameters(project, task):
            continue
        if any(a.keyword in _OPTIONS for a in send.arguments) and send.method == "delay":
            continue  # CS204 says what is wrong with those
        call = _given(send)
        wrong = misfit(task, call, partial=send.method == "s") if call else None
        if wrong:
            yield finding(
                module,
                send.call,
                (CODE, NAME),
                f"{send.receiver_text}.{send.method}() does not fit task {task.name}: {wrong}",
            )


def _given(send: Send) -> Given | None:
    if send.method in ("apply_async", "apply_async_on_commit"):
        return given_apart(send.arguments)
    return given(send.arguments) if send.method != "send_task" else None


def _has_known_parameters(project: Project, task: Task) -> bool:
    """Whether the def line tells: no unknown decorator, base class or options, and typing on."""
    if task.has_unknown_options or {"base", "typing"} & task.options.keys():
        return False
    if task.is_bound and task.self_name is None:
        return False  # another rule's finding
    return all(
        origin is not None and project.canonical(origin) in _KEEP_PARAMETERS
        for origin in task.others
    )
