"""CS217 task-called-directly: task(...) runs here and now, where elsewhere it is sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Function, Task
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, insert

CODE = "CS217"
NAME = "task-called-directly"
PRESET = "strict"

_SENDS = frozenset(
    {"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "s", "si", "signature"}
)
#: Where code calls tasks to test them, or runs for as long as it likes.
_ELSEWHERE = re.compile(r"(^|[._])(tests?|conftest|commands|scripts?|migrations)($|[._])")


def check(project: Project) -> Iterator[Finding]:
    """Calls of a task as a statement, if the project sends that task in other places."""
    sent: dict[int, set[int]] = {}
    for module, send in project.sends():
        if send.method in _SENDS and not _is_elsewhere(module):
            for task in project.target(send).tasks:
                sent.setdefault(id(task), set()).add(id(send.inside))
    for module, passed, target in project.passed():
        for task in target.tasks if not _is_elsewhere(module) else ():
            sent.setdefault(id(task), set()).add(id(passed.scope.function))
    names = {task.name for _, task in project.tasks() if id(task) in sent}
    for module, call, function, task in _calls(project, names):
        places = sent.get(id(task), set())
        # `if ...: task.delay() else: task()` is meant.
        if places and id(function) not in places and function is not task.function:
            text = module.code(call.func)
            yield finding(
                module,
                call,
                (CODE, NAME),
                f"{text}() runs the task here and waits for it, though elsewhere it is sent; "
                f"write {text}.delay()",
                Fix("unsafe", "send it with .delay", (insert(module, call.func, ".delay"),)),
            )


def _calls(
    project: Project, names: set[str]
) -> Iterator[tuple[Module, ast.Call, Function | None, Task]]:
    for module in project.modules:
        for statement in module.statements if not _is_elsewhere(module) else ():
            parts = dotted(statement.call.func)
            if not parts or not (parts[-1] in names or len(parts) == 1):
                continue
            target = project.target_at(Place(statement.call.func, statement.scope, module))
            if target.kind == "task" and len(target.tasks) == 1:
                yield module, statement.call, statement.inside, target.tasks[0]


def _is_elsewhere(module: Module) -> bool:
    return _ELSEWHERE.search(".".join(module.name)) is not None or module.is_script
