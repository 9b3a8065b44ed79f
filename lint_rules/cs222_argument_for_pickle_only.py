"""CS222 argument-for-pickle-only: it holds the project to pickle, and the message to one revision."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.serializers import serializers
from lint_rules._engine.uncarried import uncarried

CODE = "CS222"
NAME = "argument-for-pickle-only"
PRESET = "strict"

#: What pickle cannot carry either; that fails at the first call.
_NOT_EVEN_PICKLE = frozenset({"a generator", "a function"})


def check(project: Project) -> Iterator[Finding]:
    """Arguments that JSON refuses, where the message is pickled."""
    for module, send, task, node, what in uncarried(project):
        if serializers(project, send, task) == {"pickle"} and what not in _NOT_EVEN_PICKLE:
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"{module.code(node)} is {what}, which pickle alone can carry: it keeps the project from "
                "JSON, and a worker of another revision may not be able to read it; send a list, a number "
                "or a text",
            )
