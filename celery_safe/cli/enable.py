"""``celery-safe enable``: switches tasks on again."""

from __future__ import annotations

import click

from celery_safe.cli._app import app_option, asked, fail, load


@click.command("enable")
@app_option
@click.argument("task")
@click.option("--reason", default="", help="For the audit.")
def command(name: str, task: str, reason: str) -> None:
    r"""Remove the switches on TASK, written as it was disabled; what was held is released.

    In order, at `safe_release_rate` a second. Exit code 0: enabled. 2: there is no such switch.

    \b
    Example:
      celery-safe enable -A proj "shop.send_*"
    """
    from celery_safe.gate import switches

    app = load(name)
    records = asked(lambda: app.store.records)
    found = asked(lambda: switches.read(records))
    mine = [s for s in found if s.task == task]
    if not mine:
        there = ", ".join(sorted({repr(s.task) for s in found})) or "none"
        fail(f"no switch on {task!r}; there are: {there}")
    asked(lambda: switches.switch_on(records, mine, switches.me(), reason))
    click.echo(f"{task} is enabled")
