"""What ``celery-safe lint`` prints, and where."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from celery_safe.cli._lint_options import Options

if TYPE_CHECKING:
    from lint_rules._engine.report import Result


@contextlib.contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """Shows on a terminal how many files are done, when it takes longer than a second."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    shown, due = 0, time.monotonic() + 1

    def tell_count(done: int) -> None:
        nonlocal shown, due
        if time.monotonic() >= due:
            shown, due = done, time.monotonic() + 0.1
            click.echo(f"\r{done} files read", err=True, nl=False)

    try:
        yield tell_count
    finally:
        if shown:
            click.echo("\r\033[K", err=True, nl=False)


def show(result: Result, options: Options, *, err: bool = False) -> None:
    """Print the result as it was asked for, on standard error with ``err``, and what is unchecked.

    Raises:
        SystemExit: with 2, it cannot be written.
    """
    from lint_rules._engine.formats import Style, render

    stream = sys.stderr if err else sys.stdout
    file = options.output_file
    color = file is None and _color(stream.isatty())
    shown = render(result, options.output_format, Style(color, options.statistics))
    try:
        if file is None:
            click.echo(shown, err=err, color=color)
        else:
            file.write_text(f"{shown}\n", encoding="utf-8")
    except BrokenPipeError:
        raise  # nobody reads on: click ends quietly
    except OSError as error:
        where = file or "standard output"
        raise failure(f"{where} cannot be written: {error.strerror}") from error
    for unchecked in result.unchecked:
        tell(f"{unchecked.path} {unchecked.reason}")


def _color(is_terminal: bool) -> bool:
    """As https://no-color.org and https://force-color.org say."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def tell(message: str) -> None:
    """One line on standard error, whatever is in the names of files."""
    from lint_rules._engine.formats import printable

    line = printable(message).replace("\n", r"\n")
    click.echo(f"celery-safe lint: {line}", err=True)


def failure(message: str) -> SystemExit:
    """Tell it; to be raised."""
    tell(message)
    return SystemExit(2)
