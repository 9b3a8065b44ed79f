"""``celery-safe enable``: switches tasks on again."""

from __future__ import annotations

import click

from celery_safe.cli._app import app_option, asked, fail, load


@click.command("enable")
@app_option
@click.argument("task")
@click.option("--queue", help="Only the switch that was narrowed by this queue.")
@click.option("--argument", metavar="NAME=VALUE", help="Only the switch with this argument.")
@click.option("--schedule", metavar="ENTRY", help="Only the switch with this beat entry.")
@click.option("--reason", default="", help="For the audit.")
def command(name: str, task: str, reason: str, **given: str | None) -> None:
    r"""Remove the switches on TASK, written as it was disabled; what was held is released.

    In order, at `safe_release_rate` a second. Exit code 0: enabled. 2: there is no such switch.

    \b
    Examples:
      celery-safe enable -A proj "shop.send_*"
      celery-safe enable -A proj shop.charge --argument tenant=42
    """
    from celery_safe import history
    from celery_safe.gate import switches

    app = load(name)
    records = asked(lambda: app.store.records)
    found = asked(lambda: switches.read(records))
    wanted = {"task": task, **{k: v for k, v in given.items() if v is not None}}
    mine = [s for s in found if all(getattr(s, k) == v for k, v in wanted.items())]
    if not mine:
        words = " ".join(f"{k}={v}" for k, v in wanted.items() if k != "task")
        there = ", ".join(sorted({repr(str(s)) for s in found})) or "none"
        fail(f"no switch on {f'{task} {words}'.strip()!r}; there are: {there}")
    asked(lambda: switches.switch_on(records, mine, history.me(), reason))
    for switch in mine:
        click.echo(f"{switch} is enabled")
