"""``celery-safe why``: where a task went."""

from __future__ import annotations

import json

import click

from celery_safe.cli._app import app_option, format_option, load


@click.command("why")
@app_option
@click.argument("task_id")
@click.option(
    "--take", is_flag=True,
    help="On RabbitMQ: take each waiting message and give it back. It is marked as redelivered then.",
)  # fmt: skip
@format_option
def command(name: str, task_id: str, take: bool, output_format: str) -> None:
    r"""Say all that is known of one task: queue, worker, shelf, result, switches, losses, replays.

    What could not be asked is said as such. Exit code 0: something is known. 1: nothing is. 2: the
    app could not be loaded.

    \b
    Example:
      celery-safe why -A proj 9f0c1d5e-7c3c-4d7e-8f52-0a1b2c3d4e5f
    """
    from celery_safe.whereabouts import whereabouts

    facts = list(whereabouts(load(name), task_id, take=take))
    if output_format == "json":
        click.echo(json.dumps([fact.as_json() for fact in facts], indent=2, default=str))
    else:
        for fact in facts:
            click.echo(f"{fact.where:<9} {fact.what}")
    if not any(fact.known for fact in facts):
        click.echo(
            "Nothing is known of it: its result has expired, it was sent elsewhere, or never.",
            err=True,
        )
        raise SystemExit(1)
