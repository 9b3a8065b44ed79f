"""CS601 crontab-without-minute: the schedule fires in every minute of the hour."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS601"
NAME = "crontab-without-minute"
PRESET = "default"

_FIELDS = frozenset({"hour", "day_of_week", "day_of_month", "month_of_year"})


def check(project: Project) -> Iterator[Finding]:
    """``crontab(hour=...)`` and the like, where ``minute`` falls back to ``*``."""
    for module, call in project.calls_of("celery.schedules.crontab"):
        if module.is_test_file:
            continue  # compared with another, or asked when it is due
        arguments = project.arguments_of(module, call)
        if any(a.star or not a.keyword for a in arguments):
            continue  # the first positional argument is the minute
        given = {a.keyword: a.value for a in arguments if a.keyword}
        narrowed = {k for k, v in given.items() if k in _FIELDS and not _is_star(v)}
        if "minute" not in given and narrowed:
            yield finding(
                module,
                call.call,
                (CODE, NAME),
                "crontab without minute fires 60 times in each matching hour; "
                'write minute=0, or minute="*" if that is meant',
            )


def _is_star(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "*"
