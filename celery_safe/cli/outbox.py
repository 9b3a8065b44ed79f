"""``celery-safe outbox``: what waits to be sent, and what is wrong with it."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click

from celery_safe.cli._app import app_option, asked, format_option, load


@click.group("outbox")
def command() -> None:
    """What waits to be sent, and what is wrong with it."""


@command.command()
@app_option
@format_option
@click.option("--drain", is_flag=True, help="Wait until nothing is due any more, with a bar.")
@click.option(
    "--timeout", type=float, default=600.0, show_default=True, help="Seconds for --drain."
)
def status(name: str, output_format: str, drain: bool, timeout: float) -> None:
    """Backlog, age of the oldest, rate and errors. Exit code 1: --drain ran out of time."""
    app = load(name)
    facts = asked(lambda: _facts(app))
    if output_format == "json":
        click.echo(json.dumps(facts, indent=2))
    else:
        for key, value in facts.items():
            click.echo(f"{key.replace('_', ' '):<18} {value}")
    if drain and not _drain(app, int(facts["outbox"]), timeout):
        raise SystemExit(1)


def _facts(app: Any) -> dict[str, Any]:
    from celery_safe.relay.ordering import blocked
    from celery_safe.store import Filter

    store, outbox = app.store, Filter(kinds=["outbox", "ordered"])
    before, started = store.count(outbox).messages, time.monotonic()
    first = store.list(outbox, limit=1000)
    failing = [entry for entry in first if entry.error]
    held_back = list(blocked(store).values())
    facts = {
        "outbox": before,
        "oldest_seconds": round(max(0.0, store.now() - first[0].created_at), 1) if first else 0,
        "with_errors": len(failing),
        "keys_held_back": len(held_back),
        "last_error": (failing or held_back)[-1].error[:200] if failing or held_back else "",
        "scheduled": store.count(Filter(kinds=["eta"])).messages,
        "dead_letters": store.count(Filter(kinds=["dead"])).messages,
    }
    time.sleep(max(0.0, 0.5 - (time.monotonic() - started)))
    left = store.count(outbox).messages
    facts["change_per_second"] = round((left - before) / (time.monotonic() - started), 1)
    return facts


def _drain(app: Any, waiting: int, timeout: float) -> bool:
    from celery_safe.store import Filter

    end, left = time.monotonic() + timeout, waiting
    with click.progressbar(length=max(waiting, 1), label="draining", file=sys.stderr) as bar:
        while left and time.monotonic() < end:
            time.sleep(0.1)
            now = asked(lambda: app.store.count(Filter(kinds=["outbox", "ordered"])).messages)
            bar.update(max(0, left - now))
            left = now
    return left == 0


@command.command()
@app_option
@format_option
def doctor(name: str, output_format: str) -> None:
    """Check database, broker, clocks and relay. Exit code 1: something is wrong."""
    app = load(name)
    asked(lambda: app.store)
    from celery_safe.doctor.outbox import examine

    found = list(examine(app))
    if output_format == "json":
        rows = [{"check": f.check, "is_fine": f.is_fine, "text": f.text} for f in found]
        click.echo(json.dumps(rows, indent=2))
    else:
        for finding in found:
            click.echo(
                f"{'ok' if finding.is_fine else 'PROBLEM':<8} {finding.check}: {finding.text}"
            )
    if not all(finding.is_fine for finding in found):
        raise SystemExit(1)
