"""What a ``crontab(...)`` that is written out means."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from lint_rules._engine.facts import Arg

#: The parameters of ``crontab`` in their order, which is not cron's, with their lowest and highest.
FIELDS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day_of_week": (0, 6),
    "day_of_month": (1, 31),
    "month_of_year": (1, 12),
}
#: Celery reads the first three letters of a name.
_NAMED = {
    **{name: n for n, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))},
    **{
        name: n
        for n, name in enumerate(
            ("jan", "feb", "mar", "apr", "may", "jun",
             "jul", "aug", "sep", "oct", "nov", "dec"), 1,
        )
    },
}  # fmt: skip
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
STEP = re.compile(r"\*/(\d+)\s*$")


class Impossible(Exception):
    """Celery raises for this value; the message says why."""


def given(arguments: Sequence[Arg]) -> dict[str, ast.expr] | None:
    """The fields that a call gives; None if a star hides some."""
    found: dict[str, ast.expr] = {}
    for n, argument in enumerate(arguments):
        if argument.star or (argument.keyword is None and n >= len(FIELDS)):
            return None
        found[argument.keyword or [*FIELDS][n]] = argument.value
    return found


def values(field: str, node: ast.expr) -> set[int] | None:
    """The values at which a field matches; None if they are not written out.

    Raises:
        Impossible: Celery raises ValueError when the module with it is imported.
    """
    value = _literal(node)
    if value is None:
        return None
    low, high = FIELDS[field]
    found = _parse(field, value) if isinstance(value, str) else set(value)
    for number in sorted(found):
        if not low <= number <= high:
            raise Impossible(f"{field} goes from {low} to {high}, not {number}")
    return found


def never(fields: dict[str, ast.expr]) -> str | None:
    """Why no day is one of the month's, such as 30 February."""
    days = values("day_of_month", fields["day_of_month"]) if "day_of_month" in fields else None
    months = values("month_of_year", fields["month_of_year"]) if "month_of_year" in fields else None
    if not days or not months or any(min(days) <= _LONGEST[month - 1] for month in months):
        return None
    return f"day {min(days)} never occurs in month {', '.join(map(str, sorted(months)))}"


def _literal(node: ast.expr) -> str | set[int] | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return {value}
    if isinstance(value, list | tuple | set) and all(type(v) is int for v in value):
        return set(value)
    return value if isinstance(value, str) else None


def _parse(field: str, text: str) -> set[int]:
    """The numbers of ``0-30/5,45``; ranges may go round, as in ``fri-mon``."""
    low, high = FIELDS[field]
    found: set[int] = set()
    for part in text.split(","):
        match = re.match(r"(?:(\w+)-(\w+)|\*)(?:/(\w*))?", part)
        if match is None or (part != "*" and match[0] == "*"):
            found.add(_number(field, part))
            continue
        first, last, step = match.groups()
        start, end = (_number(field, first), _number(field, last)) if first else (low, high)
        numbers = (
            [*range(start, end + 1)]
            if start <= end
            else [*range(start, high + 1), *range(low, end + 1)]
        )
        if step is not None and (not step.isdigit() or int(step) == 0):
            raise Impossible(f"{part!r} has no step after the slash")
        found.update(numbers[:: int(step or 1)])
    return found


def _number(field: str, text: str) -> int:
    low, high = FIELDS[field]
    try:
        number = int(text)
    except ValueError:
        if text[:3].lower() not in _NAMED:
            raise Impossible(f"{field} cannot be {text!r}") from None
        number = _NAMED[text[:3].lower()]
    if not low <= number <= high:
        raise Impossible(f"{field} goes from {low} to {high}, not {number}")
    return number
