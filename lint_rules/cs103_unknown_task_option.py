"""CS103 unknown-task-option: Celery swallows a misspelt option and ignores it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from lint_rules._engine.celery_facts.options import TASK_OPTIONS
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS103"
NAME = "unknown-task-option"
PRESET = "default"


#: What the tasks of a SafeCelery have besides; a test compares it with the runtime.
_SAFE_OPTIONS = frozenset({"max_worker_losses", "validate"})


def check(project: Project) -> Iterator[Finding]:
    """Keywords of a task decorator that nothing reads."""
    for module, task in project.tasks():
        taken = frozenset() if task.maker is None else task.maker.takes
        if taken is None or task.has_unknown_base or task.definition:
            continue  # a base class, or the project's own decorator, may read options of its own
        if task.app and project.apps.has_foreign_class(task.app):
            continue  # so may the tasks of an app that is not Celery's own
        taken |= {a.keyword or "" for a in task.inherited}
        for name, arg in task.options.items():
            if name in taken or name == "run_every" or (task.is_safe and _is_ours(name)):
                continue
            why = _why(project, name)
            # The project may read it from the task, in a signal handler for example.
            if why is not None and not _is_read(project, name):
                message = f"Celery has no task option {name} and ignores it{why}"
                yield finding(module, arg.node, (CODE, NAME), message)


def _is_read(project: Project, name: str) -> bool:
    """Whether a file reads ``.name``, or has the text ``"name"`` other than as a key."""
    if not project.reads_attribute(name):
        return False
    word = re.escape(name.encode())
    pattern = re.compile(rb"\.\s*%(w)s\b|([\"'])%(w)s\1(?!\s*:)" % {b"w": word})
    return any(True for _ in project.files_with(pattern))


def _is_ours(name: str) -> bool:
    return name in _SAFE_OPTIONS or name.startswith("safe_")


def _why(project: Project, name: str) -> str | None:
    """What to add to the message; None if the version of Celery in use reads the option."""
    if name in TASK_OPTIONS:
        lacks = project.celery.lacks(TASK_OPTIONS[name])
        return f": {lacks}" if lacks else None
    close = difflib.get_close_matches(name, TASK_OPTIONS, n=1)
    return f"; did you mean {close[0]}?" if close else ""
