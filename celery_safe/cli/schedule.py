"""``celery-safe schedule``: what beat will send, as a table, a picture or JSON."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any

import click

from celery_safe.cli._app import app_option, fail, load

if TYPE_CHECKING:
    from celery_safe.schedules.preview import Change, Entry, Run

_WEEK = timedelta(days=7)
#: Hours on each side of a change of clocks for which runs are listed.
_AROUND = timedelta(hours=2)


@click.command("schedule")
@app_option
@click.option("--next", "limit", type=click.IntRange(1, 10_000), default=20, show_default=True,
              help="How many runs the table has.")  # fmt: skip
@click.option(
    "--tz", help="Whose clocks, as Europe/Berlin; else that of most entries, or the app's."
)
@click.option(
    "--at", metavar="DATE", help="One day, as 2026-10-25, and what its change of clocks does."
)
@click.option("--output-format", type=click.Choice(["text", "json", "svg"]), default="text",
              show_default=True, help="How it is printed; svg is the timeline.")  # fmt: skip
def command(name: str, limit: int, tz: str | None, at: str | None, output_format: str) -> None:
    """Show the coming runs of beat's entries, and the week they make."""
    from celery_safe.errors import ScheduleError
    from celery_safe.schedules import _checks, preview, timeline

    app = load(name)
    found = preview.entries(app)
    try:
        zone: tzinfo = _checks.zone("--tz", tz)[0] or preview.zone_of(found, app)
    except ScheduleError as error:
        fail(str(error))
    if at is None:
        begin = datetime.now(timezone.utc).replace(microsecond=0)
        end = begin + _WEEK
    else:
        try:
            begin, end = preview.day_of(at, zone)
        except ValueError:
            fail(f"--at {at}: is no date: write 2026-10-25")
    shown = list(preview.coming(found, begin, end))
    changed = preview.changes(zone, begin, end)
    if output_format == "json":
        runs = shown if at else _next(found, begin, limit)
        click.echo(json.dumps(_as_json(found, runs, changed, zone), indent=2))
    elif output_format == "svg":
        click.echo(timeline.svg(found, shown, begin, end, zone, changed))
    elif not found:
        click.echo(f"{name} has no entries in its beat_schedule", err=True)
    else:
        if at is None:
            _table(_next(found, begin, limit), zone, begin)
        else:
            _day(found, shown, changed, zone)
        click.echo()
        for line in timeline.text(found, shown, begin, end, zone):
            click.echo(line.rstrip())
        for change in changed:
            click.echo(f"\n{change.at.astimezone(zone):%a %Y-%m-%d}: {change.words}")
        for entry in found:
            if entry.note:
                click.echo(f"\n{entry.name}: {entry.note}")


def _next(found: Sequence[Entry], begin: datetime, limit: int) -> list[Run]:
    from celery_safe.schedules import preview

    return list(itertools.islice(preview.coming(found, begin), limit))


def _table(runs: Sequence[Run], zone: tzinfo, begin: datetime) -> None:
    rows = [("when", "in", "entry", "schedule")]
    for run in runs:
        rows.append((_clock(run.at, zone), _short(run.at - begin), run.entry.name, run.entry.words))
    widths = [max(len(row[n]) for row in rows) for n in range(3)]
    for row in rows:
        click.echo(
            "  ".join(f"{cell:<{w}}" for cell, w in zip(row, [*widths, 0], strict=True)).rstrip()
        )


def _day(
    found: Sequence[Entry], shown: Sequence[Run], changed: Sequence[Change], zone: tzinfo
) -> None:
    """Each entry's day in a line, and what runs around a change of clocks."""
    for entry in found:
        mine = [run.at for run in shown if run.entry is entry]
        if not mine:
            click.echo(f"{entry.name}: no run  ({entry.words})")
            continue
        gap = max((b - a for a, b in itertools.pairwise(mine)), default=None)
        said = f"{len(mine)} run{'s' if len(mine) > 1 else ''}, {_clock(mine[0], zone)}"
        if gap is not None:
            said += f" to {_clock(mine[-1], zone)}, longest gap {_short(gap)}"
        click.echo(f"{entry.name}: {said}  ({entry.words})")
    for change in changed:
        near = [run for run in shown if abs(run.at - change.at) <= _AROUND]
        click.echo(f"\naround the change at {_clock(change.at, zone)}:")
        for is_after, part in itertools.groupby(near, lambda run: run.at >= change.at):  # noqa: B023 (used at once)
            if is_after:
                click.echo(f"  -- {change.words} --")
            for run in part:
                click.echo(f"  {_clock(run.at, zone)}  {run.entry.name}")


def _as_json(
    found: Sequence[Entry], runs: Sequence[Run], changed: Sequence[Change], zone: tzinfo
) -> dict[str, Any]:
    return {
        "timezone": str(zone),
        "entries": [
            {"name": e.name, "task": e.task, "schedule": e.words, "note": e.note} for e in found
        ],
        "changes": [{"at": c.at.astimezone(zone).isoformat(), "what": c.words} for c in changed],
        "runs": [
            {"at": r.at.astimezone(zone).isoformat(), "entry": r.entry.name, "task": r.entry.task}
            for r in runs
        ],
    }  # fmt: skip


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M:%S %Z}"


def _short(delta: timedelta) -> str:
    """``2d 3h``, ``1h 5m``, ``40s``."""
    seconds = round(delta.total_seconds())
    parts = (
        ("d", seconds // 86400),
        ("h", seconds // 3600 % 24),
        ("m", seconds // 60 % 60),
        ("s", seconds % 60),
    )
    said = [f"{n}{unit}" for unit, n in parts if n]
    return " ".join(said[:2]) or "0s"
