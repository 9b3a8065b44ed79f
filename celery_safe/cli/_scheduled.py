"""``celery-safe messages``: what waits for its time."""

from __future__ import annotations

import functools
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import click

from celery_safe.cli._app import Moment, app_option, asked, clock, fail, load

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery


def show(app: SafeCelery, where: dict[str, Any], limit: int, output_format: str) -> None:
    """Print what waits for its time, the soonest first."""
    from celery_safe.letters import described
    from celery_safe.scheduled import KIND, upcoming
    from celery_safe.store import Filter

    if set(where["kinds"]) - {KIND}:
        fail(f"--scheduled shows the kind {KIND}: leave --kind out")
    wanted = Filter(**{**where, "kinds": (KIND,)})
    found = asked(lambda: list(itertools.islice(upcoming(app.store, wanted), limit)))
    now = asked(app.store.now)
    if output_format == "json":
        rows = [{**described(app, e), "due_in": round(e.due_at - now, 3)} for e in found]
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    for e in found:
        click.echo(
            f"{e.id[:12]}  {clock(e.due_at)}  {in_words(e.due_at - now):>9}  "
            f"{e.message.task}[{e.message.task_id}]"
        )
    total = asked(lambda: app.store.count(wanted))
    click.echo(f"{len(found)} of {total.messages} messages wait for their time", err=True)


def in_words(seconds: float) -> str:
    """A time from now for people: ``3d 4h``, ``12m 5s``, ``now``."""
    left, parts = int(seconds), []
    if left <= 0:
        return "now"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "in " + " ".join(parts[:2])


@click.command("reschedule")
@app_option
@click.argument("ids", nargs=-1, required=True)
@click.option(
    "--eta", type=Moment(1), help="When: 2026-11-21T08:00, in this host's zone or +00:00."
)
@click.option("--in", "from_now", type=Moment(1), help="In how long: 30m, 2h, 7d.")
def reschedule(name: str, ids: tuple[str, ...], eta: float | None, from_now: float | None) -> None:
    """Move tasks that wait for their time to another time; --in 0s is now."""
    from celery_safe import scheduled
    from celery_safe.cli.messages import wanted
    from celery_safe.errors import Misfit

    asked_at = time.time()
    if (eta is None) == (from_now is None):
        fail("say when: --eta 2026-11-21T08:00, or --in 2h")
    app = load(name)
    now = asked(app.store.now)
    # What is said from now on is by the store's clock, as all times of the store.
    due_at = eta if eta is not None else now + max(0.0, (from_now or 0.0) - asked_at)
    refused = 0
    for entry_id in asked(lambda: wanted(app, ids, {})):
        entry = asked(functools.partial(app.store.get, entry_id))
        if entry is None:
            click.echo(f"{entry_id[:12]}  is gone: somebody else has sent or deleted it", err=True)
            refused += 1
            continue
        what = f"{entry.id[:12]}  {entry.message.task}[{entry.message.task_id}]"
        try:
            if asked(functools.partial(scheduled.reschedule, app, entry, due_at)):
                click.echo(f"{what} is due {clock(due_at)}")
                continue
            problem = "it is being published right now, or gone already"
        except Misfit as error:
            problem = str(error)
        click.echo(f"{what} not moved: {problem}", err=True)
        refused += 1
    if refused:
        raise SystemExit(1)
