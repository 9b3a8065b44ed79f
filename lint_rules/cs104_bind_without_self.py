"""CS104 bind-without-self: the task itself arrives in place of the first argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.celery_facts.options import TASK_OPTIONS
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS104"
NAME = "bind-without-self"
PRESET = "default"

_LIKE_SELF = frozenset({"self", "task", "cls", "_", "this", "celery_task"})
#: What a task may be called, and also what is sent; where it is only handed on, nobody can tell.
_EITHER = frozenset(
    {"celery", "context", "ctx", "inst", "instance", "job", "me", "obj", "s", "t", "task_instance"}
)
_OF_A_TASK = TASK_OPTIONS.keys() | {
    "request",
    "retry",
    "update_state",
    "replace",
    "signature",
    "s",
    "si",
}


def check(project: Project) -> Iterator[Finding]:
    """``bind=True`` on a function that uses its first parameter as anything but a task, and the reverse."""
    for module, task in project.tasks():
        used = _self_of_nobody(module, task)
        if used is not None:
            yield finding(
                module,
                used,
                (CODE, NAME),
                f"task {task.name} has no parameter self, so this raises NameError; "
                "write bind=True and add self in front",
            )
            continue
        if "bind" not in task.options or not task.is_bound or task.others or task.maker:
            continue
        first = task.self_name
        if first is None and task.function.args.vararg is None:
            why = (
                f"task {task.name} has bind=True and no parameter for the task, so each call fails"
            )
        elif first is not None and not _is_like_self(task, first) and _is_a_value(task, first):
            why = f"task {task.name} has bind=True, so its parameter {first} is the task and not what the caller sends"
        else:
            continue
        yield finding(module, task.options["bind"].node, (CODE, NAME), f"{why}; add self in front")


def _is_like_self(task: Task, name: str) -> bool:
    """Whether the name or the type says that it is the task."""
    annotation = task.parameters[0].annotation
    said = ast.unparse(annotation).strip("\"'") if annotation is not None else ""
    return name in _LIKE_SELF or "self" in name.split("_") or said.endswith("Task")


def _self_of_nobody(module: Module, task: Task) -> ast.Name | None:
    """``self`` in a function that has none."""
    if task.definition is not None or not task.is_top_level or task.others or task.maker:
        return None
    if "self" in module.bindings or module.stars:
        return None
    nodes = list(ast.walk(task.function))
    if any(
        (isinstance(n, ast.arg) and n.arg == "self")
        or (isinstance(n, ast.Name) and n.id == "self" and not isinstance(n.ctx, ast.Load))
        for n in nodes
    ):
        return None
    return next((n for n in nodes if isinstance(n, ast.Name) and n.id == "self"), None)


def _is_a_value(task: Task, name: str) -> bool:
    """Whether the parameter is used, and never as a task is."""
    used = False
    handed_on = {
        id(node)
        for call in ast.walk(task.function)
        if isinstance(call, ast.Call) and name in _EITHER
        for node in (*call.args, *(k.value for k in call.keywords))
    }
    for statement in task.function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id == name and node.attr in _OF_A_TASK:
                    return False
            elif isinstance(node, ast.Name) and node.id == name and id(node) not in handed_on:
                used = True
    return used
