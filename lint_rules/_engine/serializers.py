"""In which form the arguments of a send travel."""

from __future__ import annotations

import ast

from lint_rules._engine import conf
from lint_rules._engine.facts import Send, Task
from lint_rules._engine.project import Project


def sends_json(project: Project, send: Send, task: Task) -> bool:
    """Whether the arguments go as JSON: nothing in the project, the task or the call says else."""
    return serializers(project, send, task) <= {"json"}


def serializers(project: Project, send: Send, task: Task) -> set[str | None]:
    """The serializers that the project, the task or the call names; None for one not written out."""
    written = [s.value for _, s in conf.settings(project, "task_serializer")]
    written += [a.value for a in send.arguments if a.keyword == "serializer"]
    if "serializer" in task.options:
        written.append(task.options["serializer"].value)
    return {str(v.value) if isinstance(v, ast.Constant) else None for v in written}
