"""CS206 argument-json-cannot-carry: the call raises EncodeError, in the request that sends."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.serializers import sends_json
from lint_rules._engine.uncarried import uncarried

CODE = "CS206"
NAME = "argument-json-cannot-carry"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Arguments of known tasks that kombu's JSON refuses, where the message is JSON."""
    for module, send, task, node, what in uncarried(project):
        if sends_json(project, send, task):
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"{module.code(node)} is {what}, which JSON cannot carry: the call raises EncodeError; "
                "send a list, a number or a text",
            )
