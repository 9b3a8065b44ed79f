"""CS304 backoff-over-its-cap: every delay is the cap, so nothing grows."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.seconds import seconds

CODE = "CS304"
NAME = "backoff-over-its-cap"
PRESET = "default"

#: Celery's default of ``retry_backoff_max``, in seconds (``celery/app/autoretry.py``).
_CAP = 600.0


def check(project: Project) -> Iterator[Finding]:
    """``retry_backoff`` that is not below ``retry_backoff_max``."""
    for module, task in project.tasks():
        option, written = task.options.get("retry_backoff"), task.option("retry_backoff_max")
        if option is None or task.has_unknown_options or task.has_unknown_base:
            continue
        first = seconds(module, option.value, lookup=project.lookup)
        cap = seconds(module, written, lookup=project.lookup) if written else _CAP
        if first is not None and cap is not None and first >= cap:
            where = (
                f"retry_backoff_max, {cap:g} s"
                if written
                else "the default retry_backoff_max, 600 s"
            )
            yield finding(
                module,
                option.node,
                (CODE, NAME),
                f"retry_backoff of task {task.name}, {first:g} s, is not below {where}: each delay is the cap and "
                "none grows; raise the cap, or write a smaller first delay",
            )
