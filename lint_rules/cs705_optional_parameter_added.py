"""CS705 optional-parameter-added: a message that gives it fails in the old workers."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS705"
NAME = "optional-parameter-added"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Parameters with a default that the task did not have."""
    if project.compared is None:
        return
    for pair in project.compared.pairs:
        if pair.has_same_parameters:
            continue
        old, new = pair.old, pair.new
        for name, parameter in new.parameters.items():
            is_new = name not in old.parameters and name not in pair.renamed.values()
            error = old.error(old.message_with(name)) if is_new else None
            if error and name in new.defaults:
                yield finding(
                    new.module,
                    parameter,
                    (CODE, NAME),
                    f"parameter {name} of task {new.name or new.task.name} is new since "
                    f"{project.compared.label}: a new message that gives it fails in an old worker "
                    f'with "{error}"; deploy in two steps: first the workers, then the senders that give it',
                )
