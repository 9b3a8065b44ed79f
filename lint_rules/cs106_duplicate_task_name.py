"""CS106 duplicate-task-name: of two tasks with one name Celery runs the first for both."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.decorators import name_given
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS106"
NAME = "duplicate-task-name"
PRESET = "default"

#: A task, and whether its name stays the same however its file is imported.
Place = tuple[Module, Task, bool]


def check(project: Project) -> Iterator[Finding]:
    """Tasks whose name another task of the same app has already."""
    seen: dict[str, list[Place]] = {}
    for module, task in project.tasks():
        if not task.is_top_level or (task.definition or task.function).col_offset:
            continue  # in a branch, of which only one runs, or made more than once on purpose
        hidden = _hidden_name(project, task)
        name = hidden or project.name_of(task)
        if name is None:
            continue
        is_fixed = bool(hidden) or "name" in task.options or project.names_tasks_itself()
        place = module, task, is_fixed
        first = next((p for p in seen.get(name, ()) if _is_one_app(p, place)), None)
        seen.setdefault(name, []).append(place)
        if first is not None:
            where = f"line {first[1].function.lineno}"
            if first[0] is not module:
                where = f"{first[0].path}:{first[1].function.lineno}"
            option = task.options.get("name")
            yield finding(
                module,
                option.node if option else module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} has the name {name!r}, as task {first[1].name} at {where} has: "
                "Celery runs that one for both; give each a name of its own",
            )


def _hidden_name(project: Project, task: Task) -> str | None:
    """The name of the wrapper right below the task decorator, if the function's own is hidden by it."""
    if "name" in task.options or project.names_tasks_itself():
        return None
    others = (d for d in task.function.decorator_list if d is not task.decorator)
    for decorator, origin in zip(others, task.others, strict=True):
        if decorator.lineno > task.decorator.lineno:
            is_called = isinstance(decorator, ast.Call)
            return name_given(project, origin, is_called=is_called) if origin else None
    return None


def _is_one_app(one: Place, other: Place) -> bool:
    """Whether both are surely registered in one process."""
    (module, task, is_fixed), (there, another, is_fixed_too) = one, other
    if module is there:
        return task.app == another.app
    if module.is_test or there.is_test or not (is_fixed and is_fixed_too):
        return False
    if task.app is None and another.app is None:
        return len(module.name) > 1 and module.name[0] == there.name[0]
    return task.app == another.app
