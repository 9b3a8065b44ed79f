"""The oracle: what a schedule means, said once over all minutes of UTC, and slowly.

It shares no line with celery_safe.schedules and reads cron fields in its own way.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
END = datetime(2027, 1, 1, tzinfo=timezone.utc)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@functools.cache
def walls(
    zone: str, begin: datetime = BEGIN, end: datetime = END
) -> list[tuple[datetime, datetime]]:
    """Each minute of UTC with what the clock on the wall shows then."""
    found, tz, minute = [], ZoneInfo(zone), begin
    while minute < end:
        found.append((minute, minute.astimezone(tz).replace(tzinfo=None)))
        minute += MINUTE
    return found


def field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> set[int]:
    """The numbers that a field of crontab(5) stands for."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        ends = [t for t in (first, last) if t not in ("", "*")]
        number = [names.index(t) + low if t in names else int(t) for t in ends]
        a, b = (low, high) if span == "*" else (number[0], number[-1])
        found |= set(range(a, b + 1, int(step or 1)))
    return found


Shown = dict[tuple[int, int], list[tuple[datetime, datetime]]]


@functools.cache
def shown(zone: str, begin: datetime = BEGIN, end: datetime = END) -> Shown:
    """By hour and minute: when the wall shows them, each time that it does."""
    found: Shown = {}
    for minute, wall in walls(zone, begin, end):
        found.setdefault((wall.hour, wall.minute), []).append((minute, wall))
    return found


@functools.cache
def over(zone: str, begin: datetime = BEGIN, end: datetime = END) -> Shown:
    """By hour and minute: the first minute at which the wall shows them, or more than them."""
    found: Shown = {}
    latest = walls(zone, begin, end)[0][1] - MINUTE
    for minute, wall in walls(zone, begin, end):
        while latest < wall:
            latest += MINUTE
            found.setdefault((latest.hour, latest.minute), []).append((minute, latest))
    return found


def elapsed(expression: str, zone: str, **span: datetime) -> list[datetime]:
    """A star as minute or hour: every minute at which the wall fits."""
    return _fitting(expression, shown(zone, **span))


def fixed(expression: str, zone: str, **span: datetime) -> list[datetime]:
    """Fixed times: each once, at the first minute at which it is reached or passed."""
    return _fitting(expression, over(zone, **span))


def _fitting(expression: str, clock: Shown) -> list[datetime]:
    minute, hour, day, month, weekday = expression.split()
    days, months = field(day, 1, 31), field(month, 1, 12, _MONTHS)
    weekdays = field(weekday, 0, 6, _DAYS)
    found = {
        utc
        for h in field(hour, 0, 23)
        for m in field(minute, 0, 59)
        for utc, wall in clock.get((h, m), [])
        if wall.month in months and wall.day in days and wall.isoweekday() % 7 in weekdays
    }
    return sorted(found)
