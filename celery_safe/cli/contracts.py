"""``celery-safe contracts``: what the messages of a project's tasks may carry, as JSON Schema."""

from __future__ import annotations

import difflib
import importlib.util
import json
import os
from pathlib import Path

import click


@click.command(
    "contracts",
    epilog="""\b
Examples:
  celery-safe contracts src > contracts.json
  celery-safe contracts src --check contracts.json      fails when a task has changed""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--check", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Compare with this file, and print what is not as in it.",
)  # fmt: skip
def command(paths: tuple[Path, ...], check: Path | None) -> None:
    """Print the arguments of every task in PATHS (without any, here) as a JSON Schema.

    No code is run.

    Exit code 0: printed, or as in FILE. 1: not as in FILE. 2: something could not be read.
    """
    if importlib.util.find_spec("libcst") is None:
        raise _failure("needs libcst: pip install 'celery-safe[lint]'")
    from lint_rules._engine import config as configuration
    from lint_rules._engine import rules, schema
    from lint_rules._engine.contracts import all_contracts

    paths = paths or (Path(),)
    missing = [str(p) for p in paths if not os.path.lexists(p)]
    if missing:
        raise _failure(f"no such file or folder: {', '.join(missing)}")
    before = _read(check) if check is not None else ""
    common = Path(os.path.commonpath([p.absolute() for p in paths]))
    try:
        config = configuration.load(common if common.is_dir() else common.parent)
    except configuration.ConfigError as error:
        raise _failure(str(error)) from error
    project, unchecked, _ = rules.read_project(paths, config)
    contracts = all_contracts(project)
    text = _as_text(schema.document(contracts))
    for contract in contracts:
        if contract.name is None:
            line = contract.task.function.lineno
            _tell(f"{contract.module.path}:{line} the name of task {contract.task.name} is unknown")
    for one in unchecked:
        _tell(f"{one.path} {one.reason}")
    changed = check is not None and before != text
    if check is None:
        click.echo(text, nl=False)
    elif changed:
        lines = (before.splitlines(keepends=True), text.splitlines(keepends=True))
        click.echo("".join(difflib.unified_diff(*lines, str(check), "now")), nl=False)
    raise SystemExit(2 if unchecked else 1 if changed else 0)


def _as_text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _read(file: Path) -> str:
    """The document of an earlier call, however it is laid out."""
    try:
        return _as_text(json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise _failure(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _failure(f"{file} is no JSON: {error}") from error


def _tell(message: str) -> None:
    click.echo(f"celery-safe contracts: {message}", err=True)


def _failure(message: str) -> SystemExit:
    _tell(message)
    return SystemExit(2)
