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
def check(name: str) -> None:
    """Ask the store, and say what it holds. Exit code 2: it does not work."""
    app = load(name)
    store = asked(lambda: app.store)
    asked(getattr(store, "check", lambda: None))
    held = asked(store.count)
    click.echo(f"{type(store).__name__} works: {held.messages} messages, {held.bytes} bytes")
