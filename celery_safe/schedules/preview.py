"""What beat will send: the coming runs of every entry, ours and Celery's own."""

from __future__ import annotations

import copy
import heapq
import itertools
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from celery.schedules import crontab, maybe_schedule
from celery.schedules import schedule as interval

from celery_safe.schedules._kinds import Every
from celery_safe.schedules._times import UTC
from celery_safe.schedules._when import When, aware

_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Entry:
    """An entry of beat.

    Attributes:
        words: its times, for a person.
        note: what a person should know of the forecast; may be empty.
    """

    name: str
    task: str
    when: Any
    words: str
    note: str = ""


@dataclass(frozen=True)
class Run:
    """One run, in UTC."""

    at: datetime
    entry: Entry


@dataclass(frozen=True)
class Change:
    """Clocks are changed: at ``at`` the wall shows ``after`` where it would have shown ``before``."""

    at: datetime
    before: datetime
    after: datetime

    @property
    def words(self) -> str:
        """For a person."""
        way = (
            "back"
            if self.after.replace(tzinfo=None) < self.before.replace(tzinfo=None)
            else "forward"
        )
        return f"clocks are put {way} from {self.before:%H:%M} to {self.after:%H:%M}"


def entries(app: Any) -> list[Entry]:
    """The entries of the app's ``beat_schedule``, by name."""
    found = []
    for name, entry in sorted((app.conf.beat_schedule or {}).items()):
        when = copy.copy(maybe_schedule(entry["schedule"], entry.get("relative", False), app=app))
        when.app = app  # which a copy has not
        found.append(Entry(name, str(entry["task"]), when, *_described(when)))
    return found


def _described(when: Any) -> tuple[str, str]:
    from_now = "counted from the first moment shown; beat counts from the last run"
    if isinstance(when, Every):
        return when.words, "" if when.start else from_now
    if isinstance(when, When):
        return when.words, ""
    if isinstance(when, crontab):
        fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        return "crontab " + " ".join(str(getattr(when, f"_orig_{f}")) for f in fields), ""
    if isinstance(when, interval):
        return f"every {when.human_seconds}", from_now
    return repr(when).strip("<>"), ""


def runs(entry: Entry, begin: datetime) -> Iterator[Run]:
    """The runs of one entry from ``begin`` on, for ever; what Celery would do with Celery's own schedules."""
    is_counted = isinstance(entry.when, interval) and getattr(entry.when, "start", None) is None
    moment: datetime | None = aware(begin) if is_counted else aware(begin) - _INSTANT
    while moment is not None:
        moment = _next(entry.when, moment)
        if moment is not None:
            yield Run(moment, entry)


def _next(when: Any, moment: datetime) -> datetime | None:
    if isinstance(when, When):
        return when.next_run(moment, moment)
    # As beat has it: before 5.7 Celery's crontab reads the hour of whatever zone it is given.
    local = moment.astimezone(when.tz)
    when.nowfun = lambda: local
    left: timedelta | None = when.remaining_estimate(local)
    if left is None:
        return None
    # Celery's crontab may name the moment itself again in an hour that repeats.
    return moment + max(left, timedelta(seconds=1))


def coming(found: Iterable[Entry], begin: datetime, end: datetime | None = None) -> Iterator[Run]:
    """The runs of all entries in order."""
    streams = [_until(runs(entry, begin), end) for entry in found]
    return heapq.merge(*streams, key=lambda run: (run.at, run.entry.name))


def _until(stream: Iterator[Run], end: datetime | None) -> Iterator[Run]:
    return stream if end is None else itertools.takewhile(lambda run: run.at < end, stream)


def zone_of(found: Iterable[Entry], app: Any) -> tzinfo:
    """The zone that most entries are written for; else the app's."""
    zones = Counter(
        str(e.when.__dict__["tz"])
        for e in found
        if isinstance(e.when, When) and "tz" in e.when.__dict__
    )
    if zones:
        return zoneinfo.ZoneInfo(zones.most_common(1)[0][0])
    zone: tzinfo = app.timezone
    return zone


def changes(zone: tzinfo, begin: datetime, end: datetime) -> list[Change]:
    """When the zone's clocks are changed."""
    found = []
    moment = aware(begin).replace(second=0, microsecond=0)
    while moment < end:
        after = min(moment + timedelta(hours=1), end)
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            at = moment
            offset = moment.astimezone(zone).utcoffset()
            while at.astimezone(zone).utcoffset() == offset:
                at += _MINUTE
            before = (at - _MINUTE).astimezone(zone)
            found.append(Change(at, before + _MINUTE, at.astimezone(zone)))
        moment = after
    return found


def day_of(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Begin and end of a local date, in UTC.

    Raises:
        ValueError: ``text`` is no date.
    """
    begin = datetime.fromisoformat(f"{text}T00:00:00").replace(tzinfo=zone)
    return begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC)
