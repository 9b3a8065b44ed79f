"""CS207 model-instance: JSON cannot carry a model, and pickle would carry a stale one."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.handed import handed
from lint_rules._engine.mapped import holds_model
from lint_rules._engine.models import gives_none, is_instance
from lint_rules._engine.project import Project, finding
from lint_rules._engine.serializers import sends_json
from lint_rules._engine.signatures import values

CODE = "CS207"
NAME = "model-instance"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Names that hold a Django model, as arguments of a known task."""
    for module, send, task in handed(project):
        if "pydantic" in task.options:
            continue  # Celery writes out what is a model of SQLModel, too
        for node in values(send):
            if gives_none(node):
                yield finding(
                    module,
                    node,
                    (CODE, NAME),
                    f"{module.code(node)} gives None if it is a model's, and a model instance if it is a "
                    "form's: neither says to the task which row it is; send the row's pk",
                )
            elif is_instance(node, send.inside) or holds_model(project, module, send, node):
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


def _key(project: Project) -> str:
    """What a row's key is called: ``pk`` where Django is spoken of, ``id`` with SQLAlchemy alone."""
    return "pk" if any("django" in module.text for module in project.modules) else "id"
