"""When the hands of a clock on a wall stand as a schedule says, in a zone that changes its clocks.

Everything is counted in UTC, where no minute is missing and none comes twice. A day of the zone is
turned into its instants, so the search from any moment on gives the same answer, whatever came
before: a beat that is started again in the middle of an hour that repeats has nothing to remember.
"""

from __future__ import annotations

import functools
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

UTC = timezone.utc
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
#: Days to search: the 29th of February falls on one weekday every 28 years, or 40 over 2100.
_HORIZON = 41 * 366


@dataclass(frozen=True)
class Times:
    """Minutes, hours and days, as crontab(5) has them; Sunday is 0.

    Attributes:
        either: a day that fits the day of the month *or* the day of the week; otherwise both.
        elapsed: every minute that fits runs, also in an hour that comes twice. Otherwise each time
            is once a day: the first of two, and the next instant there is for one that is left out.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool = False
    elapsed: bool = False

    def on(self, day: date) -> bool:
        """Whether it is a day of the schedule."""
        if day.month not in self.months:
            return False
        fits = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return any(fits) if self.either else all(fits)


def next_after(times: Times, zone: tzinfo, moment: datetime) -> datetime | None:
    """The first instant after ``moment``, in UTC; None if there is none within 41 years.

    Args:
        times: what is looked for.
        zone: whose clocks are meant.
        moment: an aware datetime.
    """
    moment = moment.astimezone(UTC)
    # Clocks that are put back at midnight show yesterday again.
    day = moment.astimezone(zone).date() - _DAY
    for _ in range(_HORIZON):
        found = _first(of_day(times, zone, day), moment)
        if found is not None:
            after = _first(of_day(times, zone, day + _DAY), moment)
            return found if after is None else min(found, after)
        day += _DAY
    return None


def _first(instants: tuple[datetime, ...], moment: datetime) -> datetime | None:
    at = bisect_right(instants, moment)
    return instants[at] if at < len(instants) else None


def of_day(times: Times, zone: tzinfo, day: date) -> tuple[datetime, ...]:
    """The instants of one date of the zone, in UTC and in order."""
    return _of_day(times, zone, day) if times.on(day) else ()


@functools.lru_cache(maxsize=256)
def _of_day(times: Times, zone: tzinfo, day: date) -> tuple[datetime, ...]:
    begin = datetime.combine(day, time(), zone)
    offset = begin.utcoffset() or timedelta()
    walls = [
        timedelta(hours=h, minutes=m) for h in sorted(times.hours) for m in sorted(times.minutes)
    ]
    # Both readings of midnight: clocks may be put back over it.
    edges = [
        (begin + d).replace(fold=fold) for d in (timedelta(), _DAY / 2, _DAY) for fold in (0, 1)
    ]
    if all(edge.utcoffset() == offset for edge in edges):
        start = datetime.combine(day, time(), UTC) - offset
        return tuple(start + wall for wall in walls)
    midnight = begin.replace(tzinfo=None)
    found = {i for wall in walls for i in _instants(midnight + wall, zone, times.elapsed)}
    return tuple(sorted(found))


def _instants(wall: datetime, zone: tzinfo, elapsed: bool) -> list[datetime]:
    """The instants at which the clock shows ``wall``, on a day on which it is changed."""
    both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    real = sorted(i for i in both if i.astimezone(zone).replace(tzinfo=None) == wall)
    return real if elapsed else [real[0] if real else after_gap(wall, zone)]


def after_gap(wall: datetime, zone: tzinfo) -> datetime:
    """The instant of a wall time, or the next there is for one that the clock leaves out.

    Args:
        wall: a naive datetime; of two instants the first is meant.
        zone: whose clocks are meant.
    """
    while True:
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
        wall = wall.replace(second=0, microsecond=0) + _MINUTE
