"""What the commands share that work on an app: finding it, its store, times, and one error line."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery

F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

app_option = click.option(
    "-A", "--app", "name", required=True, envvar="CELERY_APP", metavar="APP",
    help="The app, as for `celery -A`; or in the environment as CELERY_APP.",
)  # fmt: skip
format_option = click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How it is printed.",
)  # fmt: skip


def fail(message: str) -> NoReturn:
    """One line on stderr, exit code 2."""
    command = click.get_current_context().command_path
    click.echo(f"{command}: {message}", err=True)
    raise SystemExit(2)


def load(name: str) -> SafeCelery:
    """The app, with its tasks imported as a worker does."""
    from celery.app.utils import find_app

    from celery_safe.app import SafeCelery

    sys.path.insert(0, str(Path.cwd()))
    try:
        app = find_app(name)
        if not isinstance(app, SafeCelery):
            fail(f"-A {name}: is a {type(app).__name__}, not a SafeCelery")
        app.loader.import_default_modules()
        app.finalize()
    except SystemExit:
        raise
    except Exception as error:  # noqa: BLE001 (the project's code may raise anything)
        fail(f"-A {name}: cannot be loaded: {type(error).__name__}: {error}")
    return app


def asked(question: Callable[[], Any]) -> Any:
    """The answer of a store or broker; what it raises is one line and exit code 2."""
    from celery_safe.errors import CelerySafeError, Misfit

    try:
        return question()
    except Misfit:
        raise
    except CelerySafeError as error:
        fail(str(error))
    except (SystemExit, KeyboardInterrupt, click.ClickException):
        raise
    except Exception as error:  # noqa: BLE001 (any store's and broker's driver)
        fail(f"could not ask: {type(error).__name__}: {error}")


class Moment(click.ParamType):  # type: ignore[type-arg]
    """``2h`` (from now, backwards or forwards) or an ISO date; gives seconds since 1970."""

    name = "time"

    def __init__(self, sign: int) -> None:
        self.sign = sign

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", value)
        if match:
            return time.time() + self.sign * float(match[1]) * _UNITS[match[2]]
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time: write 30m, 2h, 7d or 2026-11-21T08:00", param, ctx)
        return (moment if moment.tzinfo else moment.astimezone()).timestamp()


def clock(seconds: float | None) -> str:
    """Seconds since 1970 for people."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
