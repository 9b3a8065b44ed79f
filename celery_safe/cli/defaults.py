"""``celery-safe defaults``: the policy table, and with ``-A`` what of it is in force in a project."""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from celery_safe.defaults import TABLE, Row
from celery_safe.errors import CelerySafeError

if TYPE_CHECKING:
    from celery_safe.origins import InForce


@click.command(
    "defaults",
    epilog="""\b
Examples:
  celery-safe defaults                  the table: value, why, incident, how to hold it back
  celery-safe defaults -A proj          what is in force in proj, and who set it
  celery-safe defaults -A proj.celery:app --output-format json""",
)
@click.option("-A", "--app", "app_name", metavar="APP", help="The app, as for `celery -A`.")
@click.option(
    "--workdir", type=click.Path(exists=True, file_okay=False), help="Change to it first."
)
@click.option(
    "--output-format", type=click.Choice(["text", "json", "markdown"]), default="text",
    show_default=True, help="How the table is printed.",
)  # fmt: skip
def command(app_name: str | None, workdir: str | None, output_format: str) -> None:
    """Print the safe defaults, and with -A which value is in force and who set it.

    Exit code 0: printed. 2: the app cannot be found or configured.
    """
    if workdir:
        os.chdir(workdir)
    if app_name is None:
        click.echo({"text": _text, "json": _json, "markdown": markdown}[output_format](TABLE))
        return
    if output_format == "markdown":
        raise click.UsageError("markdown is the reference page; with -A there are text and json")
    lines = _load(app_name)
    click.echo(_json_of(lines) if output_format == "json" else _table_of(lines))


def _load(name: str) -> list[InForce]:
    """What is in force in the app that ``-A name`` means; exits with 2 and one line otherwise."""
    from celery.app.utils import find_app

    from celery_safe.app import SafeCelery
    from celery_safe.origins import in_force
    from celery_safe.settings import check_visibility

    sys.path.insert(0, str(Path.cwd()))
    try:
        app = find_app(name)
    except (Exception, SystemExit) as error:
        raise _failure(f"-A {name}: cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(app, SafeCelery):
        raise _failure(
            f"-A {name}: is a {type(app).__name__}, not a SafeCelery: nothing of ours is in force"
        )
    try:
        lines = list(in_force(app))
        warnings = list(check_visibility(app))
    except CelerySafeError as error:
        raise _failure(f"-A {name}: {error}") from error
    except (Exception, SystemExit) as error:
        raise _failure(
            f"-A {name}: cannot be configured: {type(error).__name__}: {error}"
        ) from error
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    return lines


def _failure(message: str) -> SystemExit:
    click.echo(f"celery-safe defaults: {message}", err=True)
    return SystemExit(2)


def _short(value: Any, width: int = 40) -> str:
    return textwrap.shorten(json.dumps(value, default=str), width, placeholder=" ...")


def _text(rows: tuple[Row, ...]) -> str:
    blocks = []
    for row in rows:
        where = f"  ({', '.join(row.transports)})" if row.transports else ""
        lines = [f"{row.setting} = {_short(row.value, 70)}{where}"]
        for name, text in (
            ("why", row.why), ("incident", row.incident), ("changes", row.changes),
            ("hold back", row.how_to_waive()),
        ):  # fmt: skip
            lines += textwrap.wrap(
                text, 96, initial_indent=f"    {name:<10} ", subsequent_indent=" " * 15
            )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _row(row: Row) -> dict[str, Any]:
    return {
        "setting": row.setting, "value": row.value, "why": row.why, "incident": row.incident,
        "changes": row.changes, "how_to_waive": row.how_to_waive(), "transports": list(row.transports),
    }  # fmt: skip


def _json(rows: tuple[Row, ...]) -> str:
    return json.dumps([_row(row) for row in rows], indent=2)


def _json_of(lines: list[InForce]) -> str:
    return json.dumps(
        [
            {**_row(x.row), "in_force": x.value, "set_by": x.set_by, "waived": x.waived}
            for x in lines
        ],
        indent=2,
        default=str,
    )


def _table_of(lines: list[InForce]) -> str:
    cells = [("setting", "in force", "set by")]
    for x in lines:
        if x.set_by == "not used":
            continue
        who = x.set_by + (f", waived: {x.waived}" if x.waived else "")
        if x.set_by != "celery-safe" and x.value != x.row.value:
            who += f" (ours: {_short(x.row.value)})"
        cells.append((x.row.setting, _short(x.value), who))
    widths = [max(len(row[n]) for row in cells) for n in range(2)]
    return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in cells)


def markdown(rows: tuple[Row, ...]) -> str:
    """The reference page ``docs/reference/defaults.md``."""
    parts = [
        "# Defaults\n",
        "What `SafeCelery` sets below your own configuration.",
        "Your word wins, from every source that Celery reads.",
        "`celery-safe defaults -A proj` prints which value is in force in your project and who set it.",
        "This page is printed by `celery-safe defaults --output-format markdown`.\n",
        "Decided against: `worker_cancel_long_running_tasks_on_connection_loss` ends the worker on some reconnects "
        "([celery#7185](https://github.com/celery/celery/issues/7185), "
        "[celery#9250](https://github.com/celery/celery/issues/9250)).",
        "Without it a task that was running when RabbitMQ went away runs to its end and once more.\n",
    ]
    for row in rows:
        scheme = f" (brokers: {', '.join(row.transports)})" if row.transports else ""
        value = json.dumps(row.value)
        shown = (
            f"the {len(row.value)} names below" if row.setting == "safe_retry_for" else f"`{value}`"
        )
        parts.append(f"## `{row.setting}`\n")
        parts.append(f"- Value: {shown}{scheme}.")
        parts.append(f"- Why: {row.why}.")
        parts.append(f"- Incident: <{row.incident}>.")
        parts.append(f"- What changes: {row.changes}.")
        parts.append(f"- Hold it back: {row.how_to_waive()}.\n")
        if row.setting == "safe_retry_for":
            parts += ["```text", *row.value, "```\n"]
    # One sentence per line, as in every page.
    return re.sub(r"(?<=[a-z0-9)]{3}[.]) (?=[A-Z])", "\n  ", "\n".join(parts)).rstrip()
