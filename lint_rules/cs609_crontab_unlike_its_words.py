"""CS609 crontab-unlike-its-words: said to be every 30 minutes or nightly, it fires once an hour."""

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
#: Words that say how often, what a crontab needs for it, and what it does without.
_RARELY = (
    (
        re.compile(
            r"(?<![a-z])(nightly|(?:every|each)[ _-](?:day|night)|once[ _-]a[ _-]day)(?![a-z])",
            re.I,
        ),
        ("hour",),
        "each hour",
    ),
    (
        re.compile(
            r"(?<![a-z])((?:every|each)[ _-](?:week|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
            r"|once[ _-]a[ _-]week)(?![a-z])",
            re.I,
        ),
        ("day_of_week", "day_of_month"),
        "each day",
    ),
)
_OFTEN = re.compile(r"hour|minut|second|o'clock", re.I)
_ROUND = {"minute": ("an hour", "minutes"), "hour": ("a day", "hours")}


def check(project: Project) -> Iterator[Finding]:
    """Beat entries whose name or comment says how often, and whose crontab fires otherwise."""
    crontabs = {id(c.call) for _, c in project.calls_of("celery.schedules.crontab")}
    for module, entry in project.beat_entries():
        schedule = entry.schedule
        if not isinstance(schedule, ast.Call) or id(schedule) not in crontabs:
            continue
        fields = given(arguments(schedule))
        if fields is None:
            continue
        often = _more_often(module, entry, fields)
        if often is not None:
            yield finding(module, schedule, (CODE, NAME), often)
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


def _more_often(module: Module, entry: BeatEntry, fields: dict[str, ast.expr]) -> str | None:
    """What is wrong with a crontab that leaves out the hour, though it is said to be nightly."""
    for words, needed, often in _RARELY:
        texts = [t for t in _texts(module, entry) if not _OFTEN.search(t)]
        said = next((m[1] for t in texts if (m := words.search(t))), None)
        if said is None or any(_is_given(fields.get(field)) for field in needed):
            continue
        if not _is_given(fields.get("minute")) and "hour" in needed:
            return None  # CS601 and CS606 speak of what has no minute
        return (
            f"this fires {often}, though it is said to be {said.lower()!r}; write {needed[0]}=..."
        )
    return None


def _is_given(node: ast.expr | None) -> bool:
    return node is not None and not (isinstance(node, ast.Constant) and node.value == "*")


def _texts(module: Module, entry: BeatEntry) -> list[str]:
    """The entry's name, the comments right before it and those beside it."""
    texts = [entry.name or ""]
    first = entry.node.lineno - 1
    while first and module.lines[first - 1].lstrip().startswith("#"):
        first -= 1
    for line in module.lines[first : entry.node.end_lineno]:
        _, mark, comment = line.partition("#")
        texts += [comment] if mark else []
    return texts


def _said(module: Module, entry: BeatEntry) -> Iterator[tuple[int, str]]:
    """Every how many minutes or hours it is said to be."""
    found = {
        (int(m[1]), "minute" if m[2][0] in "mM" else "hour")
        for t in _texts(module, entry)
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
