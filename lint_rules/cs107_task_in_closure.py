"""CS107 task-in-closure: each call of the function around it makes a task of the same name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Function, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.returns import local_values, parameters, returned

CODE = "CS107"
NAME = "task-in-closure"
PRESET = "default"

_SENDS = frozenset(
    {"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "s", "si", "signature"}
)
_INSTANCE = frozenset({"self", "cls"})


def check(project: Project) -> Iterator[Finding]:
    """Tasks inside a function that use its parameters and leave it: it returns or sends them."""
    for module, task in project.tasks():
        if not task.within or not _is_of_the_module(project, task) or _is_test(module, task):
            continue
        around = task.within[-1]
        free = _free(task.function)
        used = sorted((parameters(around) - _INSTANCE) & free)
        if not used and _sends(around, task.name):
            used = sorted(name for name in free if _is_computed(around, name))
        if not used:
            continue
        if _sends(around, task.name):
            why = "a worker does not have it"
        elif _returns(around, task.name) and _calls(project, around.name) > 1:
            why = f"every call registers the same name, and Celery runs the first {used[0]} for all"
        else:
            continue
        yield finding(
            module,
            module.decorator_span(task.decorator),
            (CODE, NAME),
            f"task {task.name} is made inside {around.name}(): {why}; "
            f"define it at the top level and send {used[0]} as an argument",
        )


def _is_of_the_module(project: Project, task: Task) -> bool:
    """Whether the app outlives the function, and the name is the same at each call."""
    if task.app is None and not task.is_shared:
        return False  # a factory of apps: each has its own tasks
    return not task.others and project.name_of(task) is not None


def _is_test(module: Module, task: Task) -> bool:
    return module.path.stem.startswith(("test_", "conftest")) or any(
        f.name.startswith("test") or f.decorator_list for f in task.within
    )


def _is_computed(function: Function, name: str) -> bool:
    """Whether it is a name of the function's own for a value that differs from call to call."""
    values = local_values(function, name)
    return bool(values) and not any(isinstance(v, ast.Constant | Function) for v in values)


def _free(function: Function) -> set[str]:
    """The names that its body reads and does not bind itself."""
    names = [n for s in function.body for n in ast.walk(s) if isinstance(n, ast.Name)]
    bound = {n.id for n in names if not isinstance(n.ctx, ast.Load)} | parameters(function)
    return {n.id for n in names} - bound


def _returns(function: Function, name: str) -> bool:
    return any(isinstance(v, ast.Name) and v.id == name for v in returned(function))


def _sends(function: Function, name: str) -> bool:
    return any(
        isinstance(n, ast.Attribute)
        and n.attr in _SENDS
        and isinstance(n.value, ast.Name)
        and n.value.id == name
        for n in ast.walk(function)
    )


def _calls(project: Project, name: str) -> int:
    """How often a function is called; its own def line does not count."""
    call = re.compile(rf"(?<!def )\b{re.escape(name)}\(")
    return sum(len(call.findall(m.text)) for m in project.modules)
