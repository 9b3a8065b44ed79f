"""``celery-safe disable``: the kill switch."""

from __future__ import annotations

from typing import Any

import click

from celery_safe.cli._app import Moment, app_option, asked, clock, fail, load


@click.command("disable", epilog="""\b
Examples:
  celery-safe disable -A proj "shop.send_*" --reason "the mail server is down"
  celery-safe disable -A proj "*" --queue imports --mode drop --until 2h --reason "bad feed"
  celery-safe disable -A proj shop.charge --argument tenant=42 --reason "asked for by support"
  celery-safe disable -A proj "*" --schedule "nightly-*" --until 8h --reason "the disk is full"
""")  # fmt: skip
@app_option
@click.argument("task")
@click.option(
    "--mode", type=click.Choice(["hold", "drop", "fail"]), default="hold", show_default=True,
    help="hold: onto the shelf until enabled. drop: REVOKED, and gone. fail: FAILURE with TaskDisabled.",
)  # fmt: skip
@click.option("--queue", default="*", help="Only of this queue; * and ? fit anything.")
@click.option(
    "--argument",
    default="",
    metavar="NAME=VALUE",
    help="Only with this argument, however it is passed.",
)
@click.option(
    "--schedule",
    default="*",
    metavar="ENTRY",
    help="Only what beat sends for this entry; * and ? fit.",
)
@click.option("--until", type=Moment(1), help="Enabled again by itself: 30m, 2h, 2026-11-21T08:00.")
@click.option("--reason", required=True, help="For the others who ask why nothing runs.")
def command(name: str, task: str, **given: Any) -> None:
    """Stop tasks whose name fits TASK, on all workers, within two seconds.

    What runs already runs on. Exit code 0: disabled. 2: could not.
    """
    from celery_safe import history
    from celery_safe.gate import switches

    if given["argument"] and "=" not in given["argument"]:
        fail(f"--argument {given['argument']!r}: write name=value")
    app = load(name)
    if not any(c in task for c in "*?[") and task not in app.tasks:
        click.echo(f"note: this app knows no task {task!r}; the workers may", err=True)
    records = asked(lambda: app.store.records)
    switch = switches.Switch(task=task, who=history.me(), at=asked(app.store.now), **given)
    asked(lambda: switches.switch_off(records, switch))
    until = f" until {clock(switch.until)}" if switch.until else ""
    click.echo(f"{switch} is disabled ({switch.mode}){until}: {switch.reason}")
