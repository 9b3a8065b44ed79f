"""A schedule in few characters: five cron fields, or how often."""

from __future__ import annotations

import ast

from lint_rules._engine.inventory.records import BeatEntry
from lint_rules._engine.literals import number
from lint_rules._engine.names import dotted

_FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
#: The order of a crontab file.
_ORDER = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_LONGEST = 34


def when(entry: BeatEntry) -> str:
    """``cron 0 3 * * *``, ``every 5 min``, or the code if it is computed."""
    text = entry.schedule
    if not text:
        return "scheduled"
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return short(text)
    return _when(node) or short(text)


def _when(node: ast.expr) -> str | None:
    seconds = number(node)
    if seconds is not None:
        return _every(seconds)
    if not isinstance(node, ast.Call):
        return None
    name = (dotted(node.func) or ("",))[-1]
    if name == "crontab":
        return _cron(node)
    if name in ("daily", "weekly", "cron", "once"):
        return _typed(name, node)
    if name in ("timedelta", "every"):
        units = [k for k in node.keywords if k.arg in _SECONDS or name == "timedelta"]
        parts = [_part(k) for k in units] + [_days(a) for a in node.args[:1]]
        known = [p for p in parts if p is not None]
        return _every(sum(known)) if len(known) == len(parts) and len(node.args) < 2 else None
    if name == "schedule":
        given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "run_every")]
        return _when(given[0]) if given else None
    return None


def _typed(name: str, node: ast.Call) -> str | None:
    """Of celery_safe's builders: ``daily 02:30 Europe/Berlin``."""
    given = [*node.args, *(k.value for k in node.keywords if k.arg in ("on", "at", "tz"))]
    texts = [str(v.value) for v in given if isinstance(v, ast.Constant)]
    return " ".join([name, *texts]) if len(texts) == len(given) else None


def _part(keyword: ast.keyword) -> float | None:
    value = number(keyword.value)
    unit = _SECONDS.get(keyword.arg or "")
    return None if value is None or unit is None else value * unit


def _days(node: ast.expr) -> float | None:
    value = number(node)
    return None if value is None else value * _SECONDS["days"]


def _every(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            return f"every {seconds / size:g} {unit}"
    return f"every {seconds:g} s"


def _cron(node: ast.Call) -> str | None:
    given: dict[str, ast.expr] = dict(zip(_FIELDS, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None:
            return None
        given[keyword.arg] = keyword.value
    texts = []
    for name in _ORDER:
        value = given.get(name)
        if value is None:
            texts.append("*")
        elif isinstance(value, ast.Constant) and isinstance(value.value, str | int):
            texts.append(str(value.value).replace(" ", ""))
        else:
            return None
    return f"cron {' '.join(texts)}"


def short(text: str, longest: int = _LONGEST) -> str:
    """``text``, its middle left out if it is long."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-(longest - 1 - half) :]}"
