"""CS304 backoff-over-its-cap: every delay is the cap, so nothing grows."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.literals import number
from lint_rules._engine.project import Project, finding

CODE = "CS304"
NAME = "backoff-over-its-cap"
PRESET = "default"

#: Celery's default of ``retry_backoff_max``, in seconds (``celery/app/autoretry.py``).
_CAP = 600.0


def check(project: Project) -> Iterator[Finding]:
    """``retry_backoff`` that is not below ``retry_backoff_max``."""
    for module, task in project.tasks():
        options = task.options
        if "retry_backoff" not in options or task.has_unknown_options:
            continue
        first = number(options["retry_backoff"].value)
        written = options.get("retry_backoff_max")
        cap = number(written.value) if written else _CAP
        if first is not None and cap is not None and first >= cap:
            where = "retry_backoff_max" if written else "the default retry_backoff_max, 600"
            yield finding(
                module,
                options["retry_backoff"].node,
                (CODE, NAME),
                f"retry_backoff of task {task.name} is not below {where}: each delay is the cap and "
                "none grows; raise the cap, or write a smaller first delay",
            )
