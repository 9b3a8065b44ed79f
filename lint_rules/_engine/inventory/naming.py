"""The names of tasks, and where they come from."""

from __future__ import annotations

from lint_rules._engine.facts import Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project


def label(project: Project, module: Module, task: Task) -> str:
    """The name of a task, or else where its function stands."""
    return project.name_of(task) or ".".join((*module.name, task.name))


def source(project: Project, task: Task) -> str:
    """``written``, ``gen_task_name`` or ``module``."""
    if task.option("name") is not None or task.has_unknown_name:
        return "written"
    return "gen_task_name" if project.names_tasks_itself() else "module"
