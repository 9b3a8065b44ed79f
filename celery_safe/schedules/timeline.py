"""Runs drawn over time, for a terminal and as SVG. Hours are elapsed ones: one that repeats is drawn twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from xml.sax.saxutils import escape

from celery_safe.schedules.preview import Change, Entry, Run

_HOUR = timedelta(hours=1)
_WIDEST = 28


def text(
    found: Sequence[Entry], runs: Sequence[Run], begin: datetime, end: datetime, zone: tzinfo
) -> list[str]:
    """One line per entry and one character per step: ``.`` for none, the number of runs, ``#`` for ten and more."""
    is_day = end - begin < timedelta(days=2)
    step = _HOUR / 2 if is_day else 2 * _HOUR
    cells = -((begin - end) // step)
    width = min(max([len(e.name) for e in found] or [0]), _WIDEST)
    counts = {entry.name: [0] * cells for entry in found}
    for run in runs:
        counts[run.entry.name][(run.at - begin) // step] += 1
    lines = [" " * width + "  " + _scale(begin, cells, step, zone, is_day)]
    for name, row in counts.items():
        drawn = "".join("." if n == 0 else str(n) if n < 10 else "#" for n in row)
        lines.append(f"{_short(name, width):<{width}}  {drawn}")
    return lines


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 1] + "~"


def _scale(begin: datetime, cells: int, step: timedelta, zone: tzinfo, is_day: bool) -> str:
    """The hours of a day, or the days of a week, each where it begins."""
    line = ""
    for n in range(cells):
        here = (begin + n * step).astimezone(zone)
        label = f"{here:%H}" if is_day else f"{here:%a %d}"
        last = (begin + (n - 1) * step).astimezone(zone)
        is_new = n == 0 or (here.hour, here.fold) != (last.hour, last.fold)
        is_new = is_new if is_day else n == 0 or here.date() != last.date()
        if is_new and (is_day or n == 0 or len(line) < n):
            line = line.ljust(n) + label
    return line.ljust(cells)[: max(cells, len(line))]


def svg(
    found: Sequence[Entry], runs: Sequence[Run], begin: datetime, end: datetime, zone: tzinfo,
    changed: Sequence[Change],
) -> str:  # fmt: skip
    """A picture of itself, with a tooltip for each run, readable in the light and in the dark."""
    left, row, top = 260, 22, 44
    span = (end - begin).total_seconds()
    wide = 1000
    height = top + row * len(found) + 30

    def x(moment: datetime) -> float:
        return round(left + wide * (moment - begin).total_seconds() / span, 1)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 20} {height}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<style>text{fill:#222}.grid{stroke:#ccc}.run{stroke:#2563eb;stroke-width:6;stroke-linecap:round}.change{stroke:#dc2626;stroke-width:2}"
        ".note{fill:#dc2626}@media(prefers-color-scheme:dark){text{fill:#eee}.grid{stroke:#444}"
        ".run{stroke:#60a5fa}}</style>",
        f"<title>Runs from {begin.astimezone(zone):%Y-%m-%d %H:%M} to "
        f"{end.astimezone(zone):%Y-%m-%d %H:%M}, {escape(str(zone))}</title>",
    ]
    for moment, label in _ticks(begin, end, zone):
        out.append(
            f'<line class="grid" x1="{x(moment)}" x2="{x(moment)}" y1="{top - 8}" y2="{height - 24}"/>'
        )
        out.append(f'<text x="{x(moment) + 3}" y="{top - 14}">{escape(label)}</text>')
    for n, entry in enumerate(found):
        y = top + row * n + 10
        out.append(f'<text x="8" y="{y + 4}">{escape(_short(entry.name, 36))}'
                   f"<title>{escape(f'{entry.name}: {entry.words}')}</title></text>")  # fmt: skip
        for part in _parts([run.at for run in runs if run.entry is entry], x):
            said = f"{part[0].astimezone(zone):%a %Y-%m-%d %H:%M:%S %Z}"
            if len(part) > 1:
                said = f"{len(part)} runs from {said} to {part[-1].astimezone(zone):%a %H:%M:%S %Z}"
            out.append(f'<line class="run" x1="{x(part[0])}" x2="{x(part[-1])}" y1="{y}" y2="{y}">'
                       f"<title>{escape(f'{entry.name}: {said}')}</title></line>")  # fmt: skip
    for change in changed:
        at = x(change.at)
        out.append(f'<line class="change" x1="{at}" x2="{at}" y1="{top - 8}" y2="{height - 24}"/>')
        out.append(
            f'<text class="note" x="{at + 4}" y="{height - 10}">{escape(change.words)}</text>'
        )
    return "\n".join([*out, "</svg>"])


def _parts(moments: Sequence[datetime], x: Callable[[datetime], float]) -> list[list[datetime]]:
    """Runs that would touch each other are one stroke."""
    found: list[list[datetime]] = []
    for moment in moments:
        if found and x(moment) - x(found[-1][-1]) < 6:
            found[-1].append(moment)
        else:
            found.append([moment])
    return found


def _ticks(begin: datetime, end: datetime, zone: tzinfo) -> list[tuple[datetime, str]]:
    is_day = end - begin < timedelta(days=2)
    hours = [begin + n * _HOUR for n in range(-((begin - end) // _HOUR))]
    if is_day:
        return [(h, f"{h.astimezone(zone):%H}") for h in hours]
    days = [
        b for a, b in pairwise([begin - _HOUR, *hours])
        if a.astimezone(zone).date() != b.astimezone(zone).date()
    ]  # fmt: skip
    return [(d, f"{d.astimezone(zone):%a %d %b}") for d in days]
