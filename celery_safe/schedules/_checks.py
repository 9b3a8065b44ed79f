"""What the builders ask of their arguments; everything wrong is one error that says what to write."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, time, timedelta, timezone, tzinfo
from typing import Any

from celery_safe.errors import ScheduleError
from celery_safe.schedules._times import after_gap
from celery_safe.schedules._when import MISFIRES, OVERLAPS, Rules

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")


def error(where: str, message: str) -> ScheduleError:
    """The error, with its place."""
    return ScheduleError(f"{where}: {message}")


def _choice(where: str, option: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        near = difflib.get_close_matches(str(value), choices, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(choices)}"
        raise error(where, f"{option}={value!r}{hint}")


def _seconds(where: str, option: str, value: Any, least: float) -> float:
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if (
        not isinstance(number, int | float)
        or isinstance(number, bool)
        or not least <= number < 1e10
    ):
        raise error(where, f"{option}={value!r}: write seconds, or a timedelta")
    return number


def rules(where: str, options: Mapping[str, Any]) -> Rules:
    """The options that all kinds have."""
    known = tuple(f.name for f in fields(Rules))
    for option in options:
        if option not in known:
            near = difflib.get_close_matches(option, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(known)}"
            raise error(where, f"no option {option!r}{hint}")
    given = asdict(Rules()) | dict(options)
    _choice(where, "overlap", given["overlap"], OVERLAPS)
    _choice(where, "misfire", given["misfire"], MISFIRES)
    for option in ("queue", "name"):
        value = given[option]
        if value is not None and not (isinstance(value, str) and value):
            raise error(where, f"{option}={value!r}: write a name")
    if given["expires"] is not None:
        given["expires"] = _seconds(where, "expires", given["expires"], 1e-3)
    given["jitter"] = _seconds(where, "jitter", given["jitter"], 0)
    return Rules(**given)


def spec(kind: str, rules: Rules, arguments: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """What is given and not as it is by default."""
    defaults = {f.name: f.default for f in fields(Rules)}
    said = {k: v for k, v in asdict(rules).items() if v != defaults[k]}
    return {
        "kind": kind,
        **arguments,
        **{k: v for k, v in optional.items() if v is not None},
        **said,
    }


def clock(where: str, at: Any) -> tuple[int, int]:
    """Hour and minute."""
    if isinstance(at, time) and at.tzinfo is None and not (at.second or at.microsecond):
        return at.hour, at.minute
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", at) if isinstance(at, str) else None
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return int(match[1]), int(match[2])
    raise error(where, f'at={at!r} is no time of day: write at="02:30"')


def weekday(day: Any) -> int:
    """The number of a day of the week; Sunday is 0."""
    word = str(day).strip().lower()
    for number, name in enumerate(WEEKDAYS):
        if word in (name, name[:3]):
            return number
    near = difflib.get_close_matches(word, WEEKDAYS, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(WEEKDAYS)}"
    raise error("weekly", f"no day {day!r}{hint}")


def words_of(say: Callable[[str], ScheduleError], parts: Sequence[str]) -> None:
    """Refuse a word in a field that is not its own: Celery reads ``jan`` as a weekday as the number 1."""
    known: tuple[tuple[str, ...], ...] = ((), (), (), MONTHS, WEEKDAYS)
    for part, names, field in zip(parts, known, FIELDS, strict=True):
        for word in re.findall(r"[^\W\d_]+", part):
            if word not in names and word not in [n[:3] for n in names]:
                short = ", ".join(n[:3] for n in names)
                raise say(
                    f"{word!r} is no {field}; "
                    + (f"there are: {short}" if names else "write numbers")
                )


def sunday(field: str) -> str:
    """Celery's Sunday is 0; cron's is 7 as well."""
    if re.fullmatch(r"[01]-7", field):
        return "*" if field[0] == "0" else "1-6,0"
    return re.sub(r"(?<![\d/])7(?!\d)", "0", field)


def zone(where: str, tz: Any) -> tuple[tzinfo | None, str | None]:
    """The zone and its name."""
    if tz is None:
        return None, None
    name = (
        tz
        if isinstance(tz, str)
        else getattr(tz, "key", None) or ("UTC" if tz is timezone.utc else None)
    )
    if name is None:
        raise error(where, f'tz={tz!r} has no name: write tz="Europe/Berlin"')
    try:
        return zoneinfo.ZoneInfo(name), name
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = {z.lower(): z for z in zoneinfo.available_timezones()}
        near = difflib.get_close_matches(name.lower(), known, 1)
        hint = f"; did you mean {known[near[0]]!r}?" if near else "; write one like 'Europe/Berlin'"
        raise error(where, f"no time zone {name!r}{hint}") from None


def instant(where: str, option: str, value: Any, zone: tzinfo | None) -> datetime:
    """An aware datetime; what is naive is read on the clocks of ``zone``."""
    try:
        moment = (
            datetime.fromisoformat(re.sub("[zZ]$", "+00:00", value))
            if isinstance(value, str)
            else value
        )
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        raise error(
            where, f'{option}={value!r} is no date: write {option}="2026-12-24T18:00+01:00"'
        )
    if moment.tzinfo is not None:
        return moment
    if zone is None:
        raise error(where, f"{option}={value!r} says no time zone: give it an offset, as in 2026-12-24T18:00+01:00"
                     + (', or write tz="Europe/Berlin"' if where == "once" else ""))  # fmt: skip
    return after_gap(moment, zone).astimezone(zone)


def counted(number: float, unit: str) -> str:
    """As a person says it."""
    return f"{number:g} {unit if number != 1 else unit[:-1]}"


def in_zone(words: str, zone: str | None) -> str:
    """With the zone's name, if one is given."""
    return f"{words} {zone}" if zone else words
