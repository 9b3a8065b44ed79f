"""The builders: what a person writes, checked where it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta, timezone, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from celery.schedules import ParseException

from celery_safe.errors import ScheduleError
from celery_safe.schedules import _checks as checks
from celery_safe.schedules._kinds import Cron, Every, Once
from celery_safe.schedules._times import next_after
from celery_safe.schedules._when import Options, When

if TYPE_CHECKING:
    from typing_extensions import Unpack


def every(
    *, weeks: float = 0, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0,
    start: datetime | str | None = None,
    **options: Unpack[Options],
) -> Every:  # fmt: skip
    """So much elapsed time after the last run, whatever clocks are changed meanwhile.

    Args:
        weeks: and the rest, add up.
        days: see above.
        hours: see above.
        minutes: see above.
        seconds: see above.
        start: count from there, instead of from the last run: the runs are then at the same times
            after every restart, and beat need not remember its last one. An aware datetime, or text
            like ``2026-01-01T00:00+00:00``.
        **options: see :class:`~celery_safe.schedules.Rules`.

    Raises:
        ScheduleError: for what cannot be.
    """
    say = partial(checks.error, "every")
    parts = {"weeks": weeks, "days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
    given = {unit: n for unit, n in parts.items() if n}
    try:
        delta = timedelta(**parts)
    except (TypeError, OverflowError, ValueError) as error:
        raise say(f"{error}; write every(minutes=5)") from None
    if delta < timedelta(seconds=1):
        raise say(f"an interval of {delta.total_seconds():g} s; write every(minutes=5)")
    rules = checks.rules("every", options)
    if rules.jitter >= delta.total_seconds():
        raise say(
            f"jitter={rules.jitter:g} is not below the interval of {delta.total_seconds():g} s"
        )
    first = None if start is None else checks.instant("every", "start", start, None)
    spec = checks.spec("every", rules, given, start=first and first.isoformat())
    words = "every " + " ".join(checks.counted(n, unit) for unit, n in given.items())
    return Every(delta, first, spec, rules, words + (f" from {first.isoformat()}" if first else ""))


def daily(
    *, at: str | time, tz: str | tzinfo | None = None,
    **options: Unpack[Options],
) -> Cron:  # fmt: skip
    """Once per local day, also on the two days a year on which clocks are changed.

    Args:
        at: ``"02:30"``, or a naive :class:`datetime.time`. If the clock shows it twice, the first
            is meant; if not at all, the next instant there is.
        tz: whose clocks, as ``"Europe/Berlin"``; None is the app's ``timezone``.
        **options: see :class:`~celery_safe.schedules.Rules`.

    Raises:
        ScheduleError: for what cannot be.
    """
    hour, minute = checks.clock("daily", at)
    rules = checks.rules("daily", options)
    zone, zone_name = checks.zone("daily", tz)
    spec = checks.spec("daily", rules, {"at": f"{hour:02}:{minute:02}"}, tz=zone_name)
    words = checks.in_zone(f"daily at {hour:02}:{minute:02}", zone_name)
    return Cron((str(minute), str(hour), "*", "*", "*"), zone, False, spec, rules, words)


def weekly(
    on: str | Iterable[str], *, at: str | time, tz: str | tzinfo | None = None,
    **options: Unpack[Options],
) -> Cron:  # fmt: skip
    """On days of the week, each once.

    Args:
        on: ``"mon"``, ``"mon, thu"``, ``["monday", "thursday"]``.
        at: as for :func:`daily`.
        tz: as for :func:`daily`.
        **options: see :class:`~celery_safe.schedules.Rules`.

    Raises:
        ScheduleError: for what cannot be.
    """
    days = sorted({checks.weekday(d) for d in (on.split(",") if isinstance(on, str) else on)})
    if not days:
        raise checks.error("weekly", 'on which day? write weekly("mon", at="09:00")')
    hour, minute = checks.clock("weekly", at)
    rules = checks.rules("weekly", options)
    zone, zone_name = checks.zone("weekly", tz)
    short = ",".join(checks.WEEKDAYS[d][:3] for d in days)
    spec = checks.spec("weekly", rules, {"on": short, "at": f"{hour:02}:{minute:02}"}, tz=zone_name)
    words = checks.in_zone(f"weekly on {short} at {hour:02}:{minute:02}", zone_name)
    return Cron((str(minute), str(hour), "*", "*", short), zone, False, spec, rules, words)


def cron(
    expression: str, *, tz: str | tzinfo | None = None, days: Literal["both", "either"] | None = None,
    **options: Unpack[Options],
) -> Cron:  # fmt: skip
    """As crontab(5): minute, hour, day of month, month, day of week.

    With a star as minute or hour it is an interval: every minute that fits runs, also in an hour that
    comes twice. Otherwise the times are fixed: each once per local day, as for :func:`daily`.

    Args:
        expression: ``"*/15 8-18 * * mon-fri"``.
        tz: as for :func:`daily`.
        days: needed where both a day of the month and one of the week are given: cron runs on
            ``"either"``, Celery's crontab where ``"both"`` fit.
        **options: see :class:`~celery_safe.schedules.Rules`.

    Raises:
        ScheduleError: for what cannot be.
    """
    say = partial(checks.error, f"cron({expression!r})")
    parts = expression.lower().split()
    if len(parts) != 5:
        raise say(
            f"{len(parts)} fields; five are needed: minute, hour, day of month, month, day of week"
        )
    minute, hour, day, month, weekday = parts
    checks.words_of(say, parts)
    weekday = checks.sunday(weekday)
    if days not in (None, "both", "either"):
        raise say(f"days={days!r}: it is 'both' or 'either'")
    restricted = not day.startswith("*") and not weekday.startswith("*")
    if restricted and days is None:
        raise say(
            "both a day of the month and a day of the week: cron runs on either, Celery's crontab where "
            'both fit; write days="either" or days="both"'
        )
    rules = checks.rules("cron", options)
    zone, zone_name = checks.zone("cron", tz)
    spec = checks.spec("cron", rules, {"expression": " ".join(parts)}, tz=zone_name, days=days)
    words = checks.in_zone(f"cron {' '.join(parts)}", zone_name)
    made = (minute, hour, day, month, weekday)
    try:
        found = Cron(made, zone, restricted and days == "either", spec, rules, words)
    except (ValueError, TypeError, KeyError, ParseException) as error:
        raise say(str(error).strip()) from None
    if next_after(found.times, timezone.utc, datetime(2000, 1, 1, tzinfo=timezone.utc)) is None:
        raise say("there is no such day")
    return found


def once(
    *, at: datetime | str, tz: str | tzinfo | None = None,
    **options: Unpack[Options],
) -> Once:  # fmt: skip
    """One time.

    Args:
        at: an aware datetime, or text like ``2026-12-24T18:00+01:00``; without an offset it needs ``tz``.
        tz: whose clocks ``at`` is read on.
        **options: see :class:`~celery_safe.schedules.Rules`.

    Raises:
        ScheduleError: for what cannot be.
    """
    zone, _ = checks.zone("once", tz)
    rules = checks.rules("once", options)
    moment = checks.instant("once", "at", at, zone)
    spec = checks.spec("once", rules, {"at": moment.isoformat()})
    return Once(moment, spec, rules, f"once at {moment.isoformat()}")


#: What :func:`from_spec` can build.
BUILDERS: dict[str, Callable[..., When]] = {
    "every": every, "daily": daily, "weekly": weekly, "cron": cron, "once": once,
}  # fmt: skip


def from_spec(spec: Mapping[str, Any], nowfun: Any = None) -> When:
    """Build a schedule again from its ``spec``.

    Raises:
        ScheduleError: it is none.
    """
    arguments = dict(spec)
    kind = arguments.pop("kind", None)
    if kind not in BUILDERS:
        raise ScheduleError(f"no schedule of kind {kind!r}; there are: {', '.join(BUILDERS)}")
    try:
        made = BUILDERS[kind](**arguments)
    except TypeError as error:
        raise ScheduleError(f"{kind}: {error}") from None
    made.nowfun = nowfun
    return made
