"""CS106 duplicate-task-name: of two tasks with one name Celery runs the first for both."""

from __future__ import annotations

from collections.abc import Iterator

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
        hidden = project.hidden_name_of(task)
        name = project.name_of(task)
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
