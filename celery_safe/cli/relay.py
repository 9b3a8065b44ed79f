"""``celery-safe relay``: brings what has committed to the broker."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import click

from celery_safe.cli._app import app_option, asked, fail, load


@click.command("relay")
@app_option
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=500, show_default=True,
    help="Messages of one batch; those of a relay that is killed may be sent twice.",
)  # fmt: skip
@click.option(
    "--poll", type=click.FloatRange(0.01, 60), default=1.0, show_default=True,
    help="Seconds between two looks when the database does not notify.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Move what is due now, say how many, and end.")
def command(name: str, batch: int, poll: float, once: bool) -> None:
    """Move outbox rows and due tasks from the store to the broker.

    Any number of relays may run side by side. SIGTERM ends one after the batch at hand.
    """
    app = load(name)
    from celery_safe.relay import Relay
    from celery_safe.relay.loop import Loop
    from celery_safe.relay.step import KINDS

    store = asked(lambda: app.store)
    check = getattr(store, "check", lambda: None)
    asked(check) if once else _checked(check)
    loop = Loop(Relay(app, store, KINDS), batch, poll)
    if once:
        click.echo(f"{asked(loop.drain)} sent")
        return
    app.log.setup_logging_subsystem(loglevel="INFO")
    stop = threading.Event()

    def end(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    click.echo(
        f"relay of {type(store).__name__} to {app.connection_for_write().as_uri()}", err=True
    )
    loop.run(stop)
    totals = loop.relay.totals
    click.echo(
        f"{totals.sent} sent, {totals.expired} expired, {totals.failed} put off, "
        f"{totals.buried} dead letters",
        err=True,
    )


def _checked(check: Callable[[], Any]) -> None:
    """Refuse a store that lacks something. One that is away is waited for, as any time later."""
    try:
        check()
    except RuntimeError as error:
        fail(str(error))
    except Exception as error:  # noqa: BLE001 (of any store's driver)
        click.echo(f"the message store cannot be asked yet: {type(error).__name__}", err=True)
