"""``celery-safe lint``: check Celery code without running it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help="Only these rules, by prefix; commas or repeated.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODES",
    help="Not these rules, by prefix; commas or repeated.",
)
@click.option("--preset", type=click.Choice(["default", "strict"]), help="Which rules are on.")
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How findings are printed.",
)  # fmt: skip
def command(
    paths: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    preset: str | None,
    output_format: str,
) -> None:
    """Check the Celery code in PATHS (files or folders) without running it.

    Exit code 0: nothing found. 1: findings. 2: something could not be checked.
    """
    try:
        import libcst  # noqa: F401
    except ImportError as error:
        raise _failure("lint needs libcst: pip install 'celery-safe[lint]'") from error
    from lint_rules._engine import config as configuration
    from lint_rules._engine import report, rules

    missing = [str(p) for p in paths if not p.exists()]
    if missing:
        raise _failure(f"no such file or folder: {', '.join(missing)}")
    try:
        config = configuration.load(_common_folder(paths))
        config = replace(
            config,
            select=_codes(select) or config.select,
            ignore=_codes(ignore) or config.ignore,
            preset=preset or config.preset,
        )
        chosen = rules.chosen(rules.all_rules(), config)
    except (configuration.ConfigError, rules.RuleError) as error:
        raise _failure(str(error)) from error
    result = rules.check_paths(paths, config, chosen)
    click.echo(report.as_json(result) if output_format == "json" else report.as_text(result))
    for unchecked in result.unchecked:
        click.echo(f"celery-safe lint: {unchecked.path} {unchecked.reason}", err=True)
    raise SystemExit(result.exit_code)


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(","))


def _common_folder(paths: tuple[Path, ...]) -> Path:
    common = Path(os.path.commonpath([p.absolute() for p in paths]))
    return common if common.is_dir() else common.parent


def _failure(message: str) -> SystemExit:
    click.echo(f"celery-safe lint: {message}", err=True)
    return SystemExit(2)
