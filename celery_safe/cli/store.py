"""``celery-safe store``: the message store's tables."""

from __future__ import annotations

import click

from celery_safe.cli._app import app_option, asked, load


@click.group("store")
def command() -> None:
    """Make or check the message store."""


@command.command()
@app_option
def init(name: str) -> None:
    """Create what the store needs, if it is not there."""
    app = load(name)
    store = asked(lambda: app.store)
    asked(getattr(store, "init", lambda: None))
    click.echo(f"{type(store).__name__} is ready")


@command.command()
@app_option
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
def clean(name: str, dry_run: bool) -> None:
    """Delete what has been kept for longer than `safe_store_retention` says, as workers do.

    Exit code 0: done. 2: could not ask.
    """
    from celery_safe import retention

    app = load(name)
    store = asked(lambda: app.store)
    kept = retention.parsed(app.conf.get("safe_store_retention"))
    if not kept:
        click.echo("safe_store_retention names no kind: everything is kept until it is sent")
    step = retention.expired if dry_run else retention.clean
    found = asked(lambda: step(store, kept))
    for kind, seconds in kept.items():
        verb = "would be deleted" if dry_run else "deleted"
        click.echo(f"{kind}: {found.get(kind, 0)} messages older than {seconds:g} s {verb}")


@command.command()
@app_option
def check(name: str) -> None:
    """Ask the store, and say what it holds. Exit code 2: it does not work."""
    app = load(name)
    store = asked(lambda: app.store)
    asked(getattr(store, "check", lambda: None))
    held = asked(store.count)
    click.echo(f"{type(store).__name__} works: {held.messages} messages, {held.bytes} bytes")
