"""CS701 task-removed: messages in flight for a task that is gone are dropped by the new workers."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS701"
NAME = "task-removed"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Tasks of the earlier revision whose name nothing registers any more."""
    if project.compared is None:
        return
    for gone in project.compared.gone:
        if gone.now is None:
            yield finding(
                *project.compared.place_of(gone.old),
                (CODE, NAME),
                f"task {gone.name} is gone since {project.compared.label}: an old message that a new "
                f"worker gets is dropped with \"Received unregistered task of type '{gone.name}'\" "
                "(NotRegistered); deploy in two steps: first send it no more and keep a task of this "
                "name, remove it when no message is left",
            )
