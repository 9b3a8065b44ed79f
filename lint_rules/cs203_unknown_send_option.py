"""CS203 unknown-send-option: a misspelt option of apply_async is swallowed and the task sent at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from lint_rules._engine.celery_facts.options import SEND_OPTIONS
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS203"
NAME = "unknown-send-option"
PRESET = "default"
_SENDS = frozenset({"apply_async", "apply_async_on_commit", "send_task"})
#: Read by celery_safe: a project that passes one has it.
_SAFE_OPTIONS = frozenset({"idempotency_key", "ordering_key"})


def check(project: Project) -> Iterator[Finding]:
    """Keywords of ``apply_async`` and ``send_task`` of a known task that neither Celery nor a transport reads."""
    for module, send in project.sends():
        if send.method not in _SENDS:
            continue
        target = project.target(send)
        task = target.tasks[0] if target.is_known and len(target.tasks) == 1 else None
        if task is None or target.kind == "canvas":
            continue
        if "base" in task.options:
            continue  # its base class may take options of its own
        for arg in send.arguments:
            name = arg.keyword
            if name == "name" and send.method == "send_task":
                continue
            if name is not None and (why := _why(project, name)) is not None:
                message = f"{send.method} ignores its option {name}{why}"
                yield finding(module, arg.node, (CODE, NAME), message)


def _why(project: Project, name: str) -> str | None:
    """What to add to the message; None if the version of Celery in use reads the option."""
    if name in SEND_OPTIONS:
        lacks = project.celery.lacks(SEND_OPTIONS[name])
        return f": {lacks}" if lacks else None
    if name in _SAFE_OPTIONS:
        return None
    close = difflib.get_close_matches(name, [*SEND_OPTIONS, *_SAFE_OPTIONS], 1)
    return f"; did you mean {close[0]}?" if close else "; data of your own goes into headers"
