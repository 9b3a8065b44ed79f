"""CS201 call-that-does-not-fit: the arguments do not fit the task's parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Send, Task, arguments
from lint_rules._engine.project import Project, finding
from lint_rules._engine.signatures import (
    given,
    given_by_beat,
    given_to,
    has_known_parameters,
    is_partial,
    joined,
    misfit,
)
from lint_rules._engine.target import Target

CODE = "CS201"
NAME = "call-that-does-not-fit"
PRESET = "default"

#: What :mod:`lint_rules.cs204_option_passed_to_delay` speaks of.
_OPTIONS = frozenset({"args", "kwargs", "countdown", "eta", "expires", "queue", "task_id"})


def check(project: Project) -> Iterator[Finding]:
    """Sends and signatures of the project's own tasks whose arguments cannot be bound."""
    for module, send in project.sends():
        target = project.target(send)
        if len(target.tasks) != 1 or not target.is_known or target.kind == "canvas":
            continue
        task = target.tasks[0]
        wrong = (
            _misfit(send, task, target)
            if has_known_parameters(task, project.keeps_parameters)
            else None
        )
        if wrong:
            is_of_celery = isinstance(send.call.func, ast.Name) and send.kept is None
            text = "celery" if is_of_celery else send.receiver_text
            text = task.name if "\n" in text else text
            yield finding(
                module,
                send.call,
                (CODE, NAME),
                f"{text}.{send.method}() does not fit task {task.name}: {wrong}",
            )
    for module, passed, target in project.passed():
        if target.kind != "task" or len(target.tasks) != 1:
            continue
        task = target.tasks[0]
        is_partial = passed.callee.origin == "functools.partial" and passed.node.attr == "delay"
        call = given(arguments(passed.call)[1:]) if is_partial else None
        wrong = misfit(task, call, partial=True) if call else None
        if wrong and has_known_parameters(task, project.keeps_parameters):
            yield finding(
                module,
                passed.call,
                (CODE, NAME),
                f"partial({module.code(passed.node)}, ...) does not fit task {task.name}: {wrong}",
            )
    yield from _scheduled(project)


def _scheduled(project: Project) -> Iterator[Finding]:
    """Beat entries: beat logs the error each time, or the worker does."""
    for module, entry in project.beat_entries():
        if not project.schedules.is_certain(module, entry):
            continue
        scheduled = project.task_of_entry(module, entry)
        call = given_by_beat(entry) if scheduled else None
        if (
            scheduled is None
            or call is None
            or not has_known_parameters(scheduled, project.keeps_parameters)
        ):
            continue
        wrong = misfit(scheduled, call)
        if wrong:
            yield finding(
                module,
                entry.fields.get("kwargs") or entry.fields.get("args") or entry.task or entry.node,
                (CODE, NAME),
                f"the beat entry does not fit task {scheduled.name}: {wrong}",
            )


def _misfit(send: Send, task: Task, target: Target) -> str | None:
    is_direct = send.method in ("delay", "delay_on_commit")
    if is_direct and any(a.keyword in _OPTIONS for a in send.arguments):
        return None  # CS204 says what is wrong with those
    call = given_to(send, by_name=target.kind == "name")
    if call is None:
        return None
    if target.kind != "signature":
        return misfit(task, call, partial=is_partial(send))
    if len(target.calls) != 1 or send.method not in ("delay", "apply_async"):
        return None
    maker = target.calls[0][1]
    first = given(arguments(maker))
    assert isinstance(maker.func, ast.Attribute)
    if first is None or maker.func.attr != "s" or misfit(task, first, partial=True):
        return None  # not to be seen, or found where the signature is made
    return misfit(task, joined(first, call))
