"""``celery-safe why``: where a task went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from celery_safe.cli._app import app_option, clock, format_option, load

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery


@click.command("why")
@app_option
@click.argument("task_id")
@format_option
def command(name: str, task_id: str, output_format: str) -> None:
    r"""Say all that is known of one task: its state, where it runs, the shelf, its losses.

    What could not be asked is said as such. Exit code 0: something is known. 1: nothing is. 2: the
    app could not be loaded.

    \b
    Example:
      celery-safe why -A proj 9f0c1d5e-7c3c-4d7e-8f52-0a1b2c3d4e5f
    """
    app = load(name)
    facts = [fact for source in SOURCES for fact in _asked(source, app, task_id)]
    if output_format == "json":
        click.echo(json.dumps(facts, indent=2, default=str))
    else:
        for fact in facts:
            click.echo(f"{fact['where']:<16} {fact['what']}")
    if not any(fact["known"] for fact in facts):
        click.echo(
            "Nothing is known of it: it waits in its queue, its result has expired, it was sent "
            "elsewhere, or never.",
            err=True,
        )
        raise SystemExit(1)


def _fact(where: str, what: str, known: bool = True, **more: Any) -> dict[str, Any]:
    return {"where": where, "what": what, "known": known, **more}


def _asked(source: Any, app: SafeCelery, task_id: str) -> Iterator[dict[str, Any]]:
    name = source.__name__.strip("_").replace("_", " ")
    try:
        yield from source(app, task_id)
    except Exception as error:  # noqa: BLE001 (said, and the others are still asked)
        yield _fact(name, f"could not be asked: {type(error).__name__}: {error}", known=False)


def _result(app: SafeCelery, task_id: str) -> Iterator[dict[str, Any]]:
    result = app.AsyncResult(task_id)
    state = result.state
    if state == "PENDING":
        yield _fact("result", "PENDING: no result is stored", known=False)
        return
    text = f"{state} at {result.date_done or '?'}"
    if result.failed():
        text += f": {type(result.result).__name__}: {result.result}"
    yield _fact("result", text, state=state)


def _workers(app: SafeCelery, task_id: str) -> Iterator[dict[str, Any]]:
    answers = app.control.inspect(timeout=1.5).query_task(task_id)
    if not answers:
        yield _fact("workers", "no worker answered within 1.5 s", known=False)
    for worker, found in (answers or {}).items():
        for kind, info in (found or {}).values():
            yield _fact("worker", f"{kind} on {worker}: {info.get('name')}", worker=worker)


def _shelf(app: SafeCelery, task_id: str) -> Iterator[dict[str, Any]]:
    from celery_safe.store import Filter

    for e in app.store.list(Filter(id_prefix=task_id)):
        if e.message.task_id == task_id or e.id == task_id:
            due = f", due {clock(e.due_at)}" if e.due_at else ""
            yield _fact(
                "shelf",
                f"{e.kind} since {clock(e.created_at)}{due}: {e.reason}",
                id=e.id,
                kind=e.kind,
            )


def _history(app: SafeCelery, task_id: str) -> Iterator[dict[str, Any]]:
    records = app.store.records
    for start in records.read("running", f"{task_id}|"):
        found = records.read("worker", start.key.rpartition("|")[2])
        who = found[0].value["name"] if found else "a worker that is gone"
        seen = f", last heard of {clock(found[0].written_at)}" if found else ""
        yield _fact("started", f"{clock(start.written_at)} on {who}{seen}")
    for record in records.read("losses", task_id):
        for loss in record.value["losses"] if record.key == task_id else ():
            yield _fact("lost", f"{clock(loss['at'])}: {loss['how']}")


SOURCES = (_result, _workers, _shelf, _history)
