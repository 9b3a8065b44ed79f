"""Sends of known tasks with their arguments, also those that ``partial(task.delay, ...)`` will make."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Ref, Send, Task, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project


def handed(project: Project) -> Iterator[tuple[Module, Send, Task]]:
    """Every send, or signature, of one known task: by the task itself, or by its name."""
    for module, send in project.sends():
        target = project.target(send)
        is_by_name = send.method == "send_task" and target.kind == "name"
        if (target.kind == "task" or is_by_name) and len(target.tasks) == 1:
            yield module, send, target.tasks[0]
    for module, passed, target in project.passed():
        if passed.callee.origin != "functools.partial" or target.kind != "task":
            continue
        if len(target.tasks) == 1:
            given = arguments(passed.call)[1:]
            function = passed.scope.function
            yield (
                module,
                Send(
                    passed.call,
                    given,
                    passed.node.attr,
                    Ref(),
                    module.code(passed.node.value),
                    (),
                    passed.function,
                    function,
                    passed.scope,
                ),
                target.tasks[0],
            )
