"""CS605 crontab-positional-arguments: the third is the day of the week, unlike in a line of cron."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.crontabs import FIELDS
from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.project import Project, finding, insert

CODE = "CS605"
NAME = "crontab-positional-arguments"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``crontab(0, 2, "*", 1)``: three or more by position, and one from the third on is no star."""
    for module, call in project.calls_of("celery.schedules.crontab"):
        if any(a.star for a in call.arguments):
            continue
        given = [a for a in call.arguments if a.keyword is None]
        late = [a for a in given[2:] if not _is_star(a.value)]
        if not late or len(given) > len(FIELDS):
            continue
        names = dict(zip(given, FIELDS, strict=False))
        written = ", ".join(f"{names[a]}={module.code(a.value)}" for a in given)
        edits = tuple(insert(module, a.value, f"{names[a]}=", at_end=False) for a in given)
        yield finding(
            module,
            late[0].value,
            (CODE, NAME),
            f"by position this is {names[late[0]]}: crontab's order is not cron's; write "
            f"{written}, or the names that are meant",
            Fix("safe", "name the arguments as Celery reads them", edits),
        )


def _is_star(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "*"
