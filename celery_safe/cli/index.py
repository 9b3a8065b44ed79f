"""``celery-safe index``: everything the checker knows about a project."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import click


@click.command(
    "index",
    epilog="""\b
Examples:
  celery-safe index src
  celery-safe index . --output-format json | jq '.sends[] | select(.task == null)'""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How the index is printed.",
)  # fmt: skip
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the JSON, and end.")
def command(paths: tuple[Path, ...], output_format: str, schema: bool) -> None:
    """Print the apps, tasks, sends, beat entries, settings, queues and unknowns of PATHS.

    None of the code is run. Exit code 0: printed. 2: something could not be read; the rest is
    printed.
    """
    if importlib.util.find_spec("libcst") is None:
        raise _failure("needs libcst: pip install 'celery-safe[lint]'")
    from lint_rules._engine.config import ConfigError
    from lint_rules._engine.inventory import of_paths, report

    if schema:
        click.echo(json.dumps(report.schema(), indent=2))
        return
    if not paths:
        raise click.UsageError("name the files or folders to index, for example: .")
    try:
        inventory = of_paths(paths)
    except ConfigError as error:
        raise _failure(str(error)) from error
    render = report.as_json if output_format == "json" else report.as_text
    click.echo(render(inventory))
    unread = [u for u in inventory.unknowns if u.kind == "file"]
    for one in unread:
        click.echo(f"celery-safe index: {one.path} {one.what}", err=True)
    raise SystemExit(2 if unread else 0)


def _failure(message: str) -> SystemExit:
    click.echo(f"celery-safe index: {message}", err=True)
    return SystemExit(2)
