"""CS609 crontab-unlike-its-words: said to be every 30 minutes, it fires once an hour, at minute 30."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.crontabs import given, values
from lint_rules._engine.facts import Edit, Finding, Fix, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS609"
NAME = "crontab-unlike-its-words"
PRESET = "default"

_WORDS = re.compile(r"\bevery[ _-]*(\d+)[ _-]*(min|hour|h\b)", re.IGNORECASE)
_ROUND = {"minute": ("an hour", "minutes"), "hour": ("a day", "hours")}


def check(project: Project) -> Iterator[Finding]:
    """Beat entries whose name or comment says every N, and whose crontab has N in place of ``*/N``."""
    crontabs = {id(c.call) for _, c in project.calls_of("celery.schedules.crontab")}
    for module, entry in project.beat_entries():
        schedule = entry.schedule
        if not isinstance(schedule, ast.Call) or id(schedule) not in crontabs:
            continue
        fields = given(arguments(schedule)) or {}
        for count, unit in _said(module, entry):
            node = fields.get(unit)
            if node is None or not _is_number(node, count):
                continue
            if unit == "minute" and _is_narrowed(fields):
                continue
            often, plural = _ROUND[unit]
            span = module.span(node)
            edit = Edit(span.line, span.column, span.end_line, span.end_column, f'"*/{count}"')
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"{unit}={module.code(node)} fires once {often}, at {unit} {count}, though it is "
                f'said to be every {count} {plural}; write {unit}="*/{count}"',
                Fix("unsafe", f'write {unit}="*/{count}"', (edit,)),
            )
            break


def _said(module: Module, entry: BeatEntry) -> Iterator[tuple[int, str]]:
    """What the entry's name, the comments right before it and those beside it say."""
    texts = [entry.name or ""]
    first = entry.node.lineno - 1
    while first and module.lines[first - 1].lstrip().startswith("#"):
        first -= 1
    for line in module.lines[first : entry.node.end_lineno]:
        _, mark, comment = line.partition("#")
        texts += [comment] if mark else []
    found = {
        (int(m[1]), "minute" if m[2][0] in "mM" else "hour")
        for t in texts
        for m in _WORDS.finditer(t)
    }
    if len(found) == 1:  # two of them may be about something else
        yield from found


def _is_number(node: ast.expr, count: int) -> bool:
    return isinstance(node, ast.Constant) and str(node.value) == str(count) and count > 1


def _is_narrowed(fields: dict[str, ast.expr]) -> bool:
    """Whether it fires in one hour of the day, so that no word of minutes is about it."""
    hours = values("hour", fields["hour"]) if "hour" in fields else None
    return "hour" in fields and (hours is None or len(hours) < 2)
