"""Options that a task inherits from its base class: ``class Slow(Task): queue = "slow"``."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Task
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project

#: How many classes are followed to their base.
_DEEPEST = 9


def option(project: Project, module: Module, task: Task, name: str) -> Place | None:
    """What gives an option: the task itself, else the nearest class above it that is the project's."""
    written = task.option(name)
    if written is not None:
        return Place(written, module.scope, module)
    for home, owner in classes_above(project, module, task):
        values = home.class_scopes[owner].values.get(name, [])
        if len(values) == 1 and values[0] is not None:
            return Place(values[0], home.class_scopes[owner], home)
    return None


def classes_above(project: Project, module: Module, task: Task) -> Iterator[tuple[Module, str]]:
    """The classes that a task is made of, as far as they are in the project, the nearest first."""
    if task.definition is not None:
        waiting = [r.origin for r in module.classes.get(task.definition.name, ()) if r.origin]
    else:
        base = task.option("base")
        parts = dotted(base) if base is not None else None
        waiting = [project.origin_in(module, parts)] if parts else []
    for _ in range(_DEEPEST):
        if not waiting:
            return
        found = project.definition(project.canonical(waiting.pop(0)))
        if found is None or found[1] not in found[0].class_scopes:
            continue
        yield found[0], found[1]
        waiting += [r.origin for r in found[0].classes.get(found[1], ()) if r.origin]
