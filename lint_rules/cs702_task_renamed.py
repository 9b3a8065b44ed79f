"""CS702 task-renamed: messages in flight carry the old name, which the new workers do not know."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.naming import named
from lint_rules._engine.project import Project, finding

CODE = "CS702"
NAME = "task-renamed"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Tasks that were renamed or moved since the earlier revision, without an alias."""
    if project.compared is None:
        return
    for gone in project.compared.gone:
        if gone.now is None or gone.now.name is None:
            continue
        is_same = gone.now.name.rpartition(".")[2] == gone.name.rpartition(".")[2]
        verb = "moved" if is_same else "renamed"
        yield finding(
            gone.now.module,
            gone.now.module.decorator_span(gone.now.task.decorator),
            (CODE, NAME),
            f"task {gone.name} was {verb} to {gone.now.name} since {project.compared.label}: an old "
            "message that a new worker gets, and a new message that an old worker gets, is dropped "
            f"with \"Received unregistered task of type '{gone.name}'\" or '{gone.now.name}' "
            f'(NotRegistered); keep name="{gone.name}", or deploy in two steps: first register both '
            "names and send the old one, then send the new one and remove the old one when no "
            "message is left",
            None
            if gone.now.task.maker
            else named(gone.now.module, gone.now.task, gone.name, "unsafe"),
        )
