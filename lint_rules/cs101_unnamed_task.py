"""CS101 unnamed-task: moving or renaming the function breaks messages in flight."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.naming import named
from lint_rules._engine.project import Project, finding

CODE = "CS101"
NAME = "unnamed-task"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Task decorators without ``name=``."""
    if project.names_tasks_itself():
        return
    for module, task in project.tasks():
        if module.is_test_file:
            continue  # no message of it outlives the test
        if "name" not in task.options and not task.has_unknown_name and _may_be_named(task):
            computed = ".".join((*module.name, task.name))
            is_certain = task.definition is None and task.maker is None
            is_certain = is_certain and _is_importable(module) and _is_certain(project, module)
            fix = named(module, task, computed, "safe") if is_certain else None
            yield finding(
                module,
                module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} has no name, so Celery names it after its module and function; "
                + _advice(module, computed),
                fix,
            )


def _advice(module: Module, computed: str) -> str:
    if not _is_importable(module):
        return "write name="
    return f'write name="{computed}" if the module is imported as {".".join(module.name)}'


def _is_importable(module: Module) -> bool:
    """Standard input without the name of a file is no module."""
    return all(part.isidentifier() for part in module.name)


def _may_be_named(task: Task) -> bool:
    """Whether a name can be written above the function: the project's own decorator hands it on."""
    return task.maker is None or task.maker.forwards


def _is_certain(project: Project, module: Module) -> bool:
    """Whether Celery names tasks of this file as we do: no other way to import it, no own names."""
    name = ".".join(module.name)
    imports_otherwise = project.imports_longer(name) or project.imports_shorter(name)
    return module.name[-1] != "__main__" and not imports_otherwise and not module.is_script
