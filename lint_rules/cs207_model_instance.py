"""CS207 model-instance: JSON cannot carry a model, and pickle would carry a stale one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Send, Task
from lint_rules._engine.handed import handed
from lint_rules._engine.mapped import holds_model, says_model
from lint_rules._engine.models import gives_none, is_instance
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.serializers import sends_json
from lint_rules._engine.signatures import bound, values

CODE = "CS207"
NAME = "model-instance"
PRESET = "default"

_KEYS = ("id", "ids", "pk", "key", "uuid", "name")


def check(project: Project) -> Iterator[Finding]:
    """Names that hold a model, as arguments of a known task."""
    home = {id(task): module for module, task in project.tasks()}
    for module, send, task in handed(project):
        if "pydantic" in task.options:
            continue  # Celery writes out what is a model of SQLModel, too
        typed = [] if module.is_test_file else _typed(project, home[id(task)], send, task)
        for node in values(send):
            if gives_none(node):
                yield finding(
                    module,
                    node,
                    (CODE, NAME),
                    f"{module.code(node)} gives None if it is a model's, and a model instance if it is a "
                    "form's: neither says to the task which row it is; send the row's pk",
                )
            elif (
                is_instance(node, send.inside)
                or node in typed
                or holds_model(project, module, send, node)
            ):
                text = module.code(node)
                carried = (
                    "JSON cannot carry it, and its row may have changed"
                    if sends_json(project, send, task)
                    else "it is sent as it is now, and its row may have changed"
                )
                yield finding(
                    module,
                    node,
                    (CODE, NAME),
                    f"{text} is a model instance: {carried} when the task runs; send {text}.{_key(project)} and "
                    "read it in the task",
                )


def _typed(project: Project, home: Module, send: Send, task: Task) -> list[ast.expr]:
    """Names that go to parameters which the task says are models: ``order: Order``."""
    models = {a.arg for a in task.function.args.args if _names_model(project, home, a.annotation)}
    if not models or "pydantic" in task.options:
        return []
    return [
        value
        for name, value in bound(send, task)
        if name in models
        and isinstance(value, ast.Name)
        and value.id.lower().rpartition("_")[2] not in _KEYS
    ]


def _names_model(project: Project, home: Module, annotation: ast.expr | None) -> bool:
    origin = home.origin_of(annotation) if annotation is not None else None
    found = project.definition(origin) if origin else None
    node = found[0].definitions.get(found[1]) if found else None
    return isinstance(node, ast.ClassDef) and says_model(node)


def _key(project: Project) -> str:
    """What a row's key is called: ``pk`` where Django is spoken of, ``id`` with SQLAlchemy alone."""
    return "pk" if any("django" in module.text for module in project.modules) else "id"
