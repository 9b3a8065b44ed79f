"""``celery-safe messages``: what is on the shelf, for people."""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from celery_safe.cli import _scheduled
from celery_safe.cli._app import Moment, app_option, asked, clock, fail, format_option, load

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery

_KINDS = ["outbox", "ordered", "eta", "held", "unknown", "dead"]
_PAGE = 200


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which messages."""
    for option in reversed(
        [
            click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Why it is here."),
            click.option("--task", help="Name of the task; * and ? fit anything."),
            click.option("--queue", help="The queue that it came from."),
            click.option("--reason", help="A part of the reason."),
            click.option("--error", help="A part of the traceback."),
            click.option("--since", type=Moment(-1), help="Not older than: 2h, 7d, 2026-11-21T08:00."),
            click.option("--until", type=Moment(-1), help="Older than."),
            click.option("--id", "id_prefix", help="How its id, or its task's, begins."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def wanted(app: SafeCelery, ids: tuple[str, ...], where: dict[str, Any]) -> list[str]:
    """The ids of those that are named, or of all that fit."""
    from celery_safe.store import Filter

    found = [_named(app, entry_id) for entry_id in ids]
    if ids:
        return found
    while page := app.store.list(Filter(**where), limit=_PAGE, offset=len(found)):
        found += [entry.id for entry in page]
    return found


def _named(app: SafeCelery, prefix: str) -> str:
    from celery_safe.store import Filter

    found = app.store.list(Filter(id_prefix=prefix), limit=2)
    if not found:
        fail(f"no message {prefix!r}; celery-safe messages list shows what there is")
    exact = [e for e in found if prefix in (e.id, e.message.task_id)]
    if len(found) > 1 and len(exact) != 1:
        fail(f"{prefix!r} is the beginning of more than one id; write more of it")
    return (exact or found)[0].id


def chosen(ids: tuple[str, ...], where: dict[str, Any], example: str) -> dict[str, Any]:
    """The filter of what is changed: something must be said, and without a kind it is dead letters."""
    if not ids and not any(where.values()):
        fail(f"say which: ids, or a filter such as {example}")
    if ids and any(where.values()):
        fail("ids and filters together: say one of them")
    return where if where["kinds"] else {**where, "kinds": ("dead",)}


def progress(ids: list[str], label: str) -> Any:
    """A bar on a terminal, nothing elsewhere."""
    return click.progressbar(ids, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


@click.group("messages")
def command() -> None:
    r"""What is on the shelf: dead letters, held tasks, tasks that no worker knows.

    \b
    Examples:
      celery-safe messages list -A proj --kind dead --since 2h
      celery-safe messages show -A proj 3f2a
      celery-safe messages replay -A proj --task "shop.*" --rate 10
      celery-safe messages replay -A proj 3f2a --set kwargs.cc=null
      celery-safe messages export -A proj --kind dead > dead.jsonl
      celery-safe messages list -A proj --scheduled
      celery-safe messages reschedule -A proj 3f2a --in 2h

    Exit code 0: done. 1: some could not be replayed or moved. 2: could not ask.
    """


command.add_command(_scheduled.reschedule)


@command.command("list")
@app_option
@filtered
@click.option("--limit", default=50, show_default=True, help="How many at most.")
@click.option("--scheduled", is_flag=True, help="What waits for its time, the soonest first.")
@format_option
def list_(name: str, limit: int, scheduled: bool, output_format: str, **where: Any) -> None:
    """List messages, the oldest first."""
    from celery_safe.letters import described
    from celery_safe.store import Filter

    app = load(name)
    if scheduled:
        _scheduled.show(app, where, limit, output_format)
        return
    found = asked(lambda: app.store.list(Filter(**where), limit=limit))
    total = asked(lambda: app.store.count(Filter(**where)))
    if output_format == "json":
        click.echo(json.dumps([described(app, e) for e in found], indent=2, default=str))
        return
    for e in found:
        click.echo(
            f"{e.id[:12]}  {clock(e.created_at)}  {e.kind:<8} {e.message.task or '(no task)'}"
            f"[{e.message.task_id}]  {e.reason}"
        )
    click.echo(f"{len(found)} of {total.messages} messages, {total.bytes} bytes", err=True)


@command.command()
@app_option
@click.argument("message_id")
def show(name: str, message_id: str) -> None:
    """Show all that is known of one message, as JSON; `misfit` says why a replay would refuse it."""
    from celery_safe.letters import described

    app = load(name)
    entry = asked(lambda: app.store.get(_named(app, message_id)))
    click.echo(json.dumps(described(app, entry), indent=2, default=str))


@command.command()
@app_option
@click.argument("ids", nargs=-1)
@filtered
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="kwargs.NAME=JSON",
    help="Change an argument; args.0=JSON for a positional one.",
)
@click.option(
    "--unset", "without", multiple=True, metavar="NAME", help="Leave a keyword argument out."
)
@click.option("--anyway", is_flag=True, help="Send also what today's task does not take.")
@click.option(
    "--rate",
    default=50.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="How many a second at most.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
def replay(
    name: str,
    ids: tuple[str, ...],
    changes: tuple[str, ...],
    without: tuple[str, ...],
    anyway: bool,
    rate: float,
    dry_run: bool,
    **where: Any,
) -> None:
    """Send messages again, without --kind dead letters: a new task id, the same root.

    What no longer fits is shown with the difference and stays. What has never run keeps its id.
    """
    from celery_safe import letters
    from celery_safe.errors import Misfit

    where = chosen(ids, where, "--kind dead --since 2h")
    try:
        changed = dict(map(letters.parse_change, changes))
    except ValueError as error:
        fail(f"--set {error}")
    app = load(name)
    refused = 0
    with progress(asked(lambda: wanted(app, ids, where)), "replaying") as bar:
        next_at = time.monotonic()
        for entry_id in bar:
            entry = asked(functools.partial(app.store.get, entry_id))
            if entry is None:
                continue  # somebody else has sent it meanwhile
            task = f"{entry.message.task}[{entry.message.task_id}]"
            try:
                if dry_run:
                    letters.replayed(app, entry, changed, without, anyway=anyway)
                    click.echo(f"{entry.id[:12]}  would be sent: {task}")
                    continue
                time.sleep(max(0.0, next_at - time.monotonic()))
                next_at = max(next_at, time.monotonic()) + 1 / rate
                send = functools.partial(
                    letters.replay, app, entry, changed, without, anyway=anyway
                )
                click.echo(f"{entry.id[:12]}  {task} sent as {asked(send)}")
            except Misfit as error:
                refused += 1
                click.echo(f"{entry.id[:12]}  {task} not sent: {error}", err=True)
    if refused:
        raise SystemExit(1)


@command.command()
@app_option
@click.argument("ids", nargs=-1)
@filtered
@click.option("--yes", is_flag=True, help="Do not ask.")
def discard(name: str, ids: tuple[str, ...], yes: bool, **where: Any) -> None:
    """Delete messages for good, without --kind dead letters."""
    from celery_safe import letters

    where = chosen(ids, where, "--kind dead --until 30d")
    app = load(name)
    found = asked(lambda: wanted(app, ids, where))
    if not yes:
        click.confirm(f"Delete {len(found)} messages for good?", abort=True, err=True)
    gone = 0
    with progress(found, "discarding") as bar:
        for entry_id in bar:
            entry = asked(functools.partial(app.store.get, entry_id))
            if entry is not None:
                gone += asked(functools.partial(letters.discard, app, entry))
    click.echo(f"{gone} deleted")
    if gone < len(found):
        fail(f"{len(found) - gone} are being published right now, or are gone already")


@command.command()
@app_option
@click.argument("ids", nargs=-1)
@filtered
@click.option("--raw", is_flag=True, help="With secrets: everything that goes over the wire.")
def export(name: str, ids: tuple[str, ...], raw: bool, **where: Any) -> None:
    """Print messages as JSON, one a line."""
    import base64

    from celery_safe.letters import described

    app = load(name)
    with progress(asked(lambda: wanted(app, ids, where)), "exporting") as bar:
        for entry_id in bar:
            e = asked(functools.partial(app.store.get, entry_id))
            if e is None:
                continue  # released meanwhile
            line = described(app, e)
            if raw:
                line |= {
                    "exchange": e.message.exchange, "routing_key": e.message.routing_key,
                    "meta": json.loads(e.message.meta()),
                    "body": base64.b64encode(e.message.body).decode(),
                }  # fmt: skip
            click.echo(json.dumps(line, default=str))
