"""``celery-safe messages``: what is on the shelf, for people."""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from celery_safe.cli._app import Moment, app_option, asked, clock, fail, format_option, load

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery
    from celery_safe.store import Entry

_KINDS = ["outbox", "eta", "held", "unknown", "dead"]
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


def entries(app: SafeCelery, ids: tuple[str, ...], where: dict[str, Any]) -> Iterator[Entry]:
    """Those with the ids, or all that fit, page by page."""
    from celery_safe.store import Filter

    for entry_id in ids:
        found = [
            e
            for e in app.store.list(Filter(id_prefix=entry_id), limit=2)
            if e.id.startswith(entry_id) or e.message.task_id.startswith(entry_id)
        ]
        if not found:
            fail(f"no message {entry_id!r}; celery-safe messages list shows what there is")
        if len(found) > 1:
            fail(f"{entry_id!r} is the beginning of more than one id; write more of it")
        yield found[0]
    if ids:
        return
    offset = 0
    while page := app.store.list(Filter(**where), limit=_PAGE, offset=offset):
        offset += len(page)
        yield from page


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

    Exit code 0: done. 1: some could not be replayed. 2: could not ask.
    """


@command.command("list")
@app_option
@filtered
@click.option("--limit", default=50, show_default=True, help="How many at most.")
@format_option
def list_(name: str, limit: int, output_format: str, **where: Any) -> None:
    """List messages, the oldest first."""
    from celery_safe.letters import described
    from celery_safe.store import Filter

    app = load(name)
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
    """Show all that is known of one message, as JSON."""
    from celery_safe.letters import described

    app = load(name)
    (entry,) = asked(lambda: list(entries(app, (message_id,), {})))
    click.echo(json.dumps(described(app, entry), indent=2, default=str))


@command.command()
@app_option
@click.argument("ids", nargs=-1)
@filtered
@click.option(
    "--set", "changes", multiple=True, metavar="kwargs.NAME=JSON", help="Change an argument."
)
@click.option(
    "--unset", "without", multiple=True, metavar="NAME", help="Leave a keyword argument out."
)
@click.option("--rate", default=50.0, show_default=True, help="How many a second at most.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
def replay(
    name: str,
    ids: tuple[str, ...],
    changes: tuple[str, ...],
    without: tuple[str, ...],
    rate: float,
    dry_run: bool,
    **where: Any,
) -> None:
    """Send messages again: a new task id, the same root; what no longer fits is shown and stays."""
    from celery_safe import letters
    from celery_safe.errors import Misfit

    if not ids and not any(where.values()):
        fail("say which: ids, or a filter such as --kind dead --since 2h")
    try:
        wanted = dict(map(letters.parse_change, changes))
    except ValueError as error:
        fail(f"--set {error}")
    app = load(name)
    found = asked(lambda: list(entries(app, ids, where)))
    refused = 0
    with click.progressbar(
        found, label="replaying", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for entry in bar:
            begun = time.monotonic()
            task = f"{entry.message.task}[{entry.message.task_id}]"
            try:
                if dry_run:
                    letters.replayed(app, entry, wanted, without)
                    click.echo(f"{entry.id[:12]}  would be sent: {task}")
                    continue
                new = asked(functools.partial(letters.replay, app, entry, wanted, without))
                click.echo(f"{entry.id[:12]}  {task} sent as {new}")
            except Misfit as error:
                refused += 1
                click.echo(f"{entry.id[:12]}  {task} not sent: {error}", err=True)
            time.sleep(max(0.0, 1 / rate - (time.monotonic() - begun)))
    if refused:
        raise SystemExit(1)


@command.command()
@app_option
@click.argument("ids", nargs=-1)
@filtered
@click.option("--yes", is_flag=True, help="Do not ask.")
def discard(name: str, ids: tuple[str, ...], yes: bool, **where: Any) -> None:
    """Delete messages for good."""
    if not ids and not any(where.values()):
        fail("say which: ids, or a filter such as --kind dead --until 30d")
    app = load(name)
    found = asked(lambda: list(entries(app, ids, where)))
    if not yes:
        click.confirm(f"Delete {len(found)} messages for good?", abort=True, err=True)
    gone = asked(lambda: app.store.discard([e.id for e in found]))
    click.echo(f"{len(gone)} deleted")
    if len(gone) < len(found):
        fail(f"{len(found) - len(gone)} are being published right now, or are gone already")


@command.command()
@app_option
@filtered
def export(name: str, **where: Any) -> None:
    """Print messages as JSON, one a line, with everything that is needed to send them."""
    import base64

    app = load(name)
    for e in asked(lambda: entries(app, (), where)):
        line = {
            "id": e.id, "kind": e.kind, "reason": e.reason, "error": e.error, "created_at": e.created_at,
            "details": dict(e.details), "exchange": e.message.exchange,
            "routing_key": e.message.routing_key, "meta": json.loads(e.message.meta()),
            "body": base64.b64encode(e.message.body).decode(),
        }  # fmt: skip
        click.echo(json.dumps(line, default=str))
