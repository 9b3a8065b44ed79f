"""``celery-safe switches``: what is disabled, and who did what."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from celery_safe.cli._app import app_option, asked, clock, format_option, load


@click.command("switches")
@app_option
@click.option("--history", is_flag=True, help="Who switched what in the last 90 days.")
@format_option
def command(name: str, history: bool, output_format: str) -> None:
    """List what is disabled."""
    from celery_safe.gate import switches

    app = load(name)
    records = asked(lambda: app.store.records)
    if history:
        rows = [dict(r.value) for r in asked(lambda: records.read(switches.AUDIT))]
        if output_format == "json":
            click.echo(json.dumps(rows, indent=2))
            return
        for row in rows:
            click.echo(
                f"{clock(row.get('done_at', row['at']))}  {row['by']}  {row['action']} {row['task']}{_narrowed(row)}  {row['reason']}"
            )
        return
    found = asked(lambda: switches.read(records))
    if output_format == "json":
        click.echo(json.dumps([asdict(s) for s in found], indent=2))
        return
    for s in found:
        until = f" until {clock(s.until)}" if s.until else ""
        click.echo(f"{s}  {s.mode}{until}  by {s.who} at {clock(s.at)}: {s.reason}")
    if not found:
        click.echo("nothing is disabled", err=True)


def _narrowed(row: dict[str, Any]) -> str:
    keys = ("queue", "argument", "schedule")
    return "".join(f" {k}={row[k]}" for k in keys if row.get(k, "") not in ("", "*"))
