"""``celery-safe lint``: check Celery code without running it."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lint_rules._engine.config import Config
    from lint_rules._engine.report import Result
    from lint_rules._engine.rules import Rule


@click.command(
    "lint",
    epilog="""\b
Examples:
  celery-safe lint src
  celery-safe lint . --select CS2 --output-format json
  celery-safe lint . --select CS101 --diff      what --fix would write""",
)
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
    "--celery-version",
    metavar="VERSION",
    help="Check for this version of Celery, not for the one that the project requires.",
)
@click.option("--fix", "fix", is_flag=True, help="Write the safe fixes into the files.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe ones too.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How findings are printed.",
)  # fmt: skip
def command(
    paths: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    preset: str | None,
    celery_version: str | None,
    output_format: str,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
) -> None:
    """Check the Celery code in PATHS (files or folders) without running it.

    Exit code 0: nothing found. 1: findings. 2: something could not be checked.
    """
    if unsafe_fixes and not (fix or diff):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff")
    if importlib.util.find_spec("libcst") is None:
        raise _failure("lint needs libcst: pip install 'celery-safe[lint]'")
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
            celery_version=configuration.celery_version(celery_version, "--celery-version")
            if celery_version
            else config.celery_version,
        )
        chosen = rules.chosen(rules.all_rules(), config)
    except (configuration.ConfigError, rules.RuleError) as error:
        raise _failure(str(error)) from error
    result = rules.check_paths(paths, config, chosen)
    if fix or diff:
        result = _fix(paths, config, chosen, result, diff=diff, unsafe=unsafe_fixes)
    click.echo(report.as_json(result) if output_format == "json" else report.as_text(result))
    for unchecked in result.unchecked:
        click.echo(f"celery-safe lint: {unchecked.path} {unchecked.reason}", err=True)
    raise SystemExit(result.exit_code)


def _fix(
    paths: tuple[Path, ...],
    config: Config,
    chosen: tuple[Rule, ...],
    result: Result,
    *,
    diff: bool,
    unsafe: bool,
) -> Result:
    """Write or print the fixes; the result of linting again."""
    from lint_rules._engine import fix as fixes
    from lint_rules._engine import rules

    kinds = frozenset({fixes.SAFE, fixes.UNSAFE} if unsafe else {fixes.SAFE})
    fixed, left = fixes.plan(
        result.findings,
        kinds,
        lambda texts: rules.check_paths(paths, config, chosen, texts).findings,
    )
    for skipped in left:
        click.echo(f"celery-safe lint: {skipped.path} is not fixed: {skipped.reason}", err=True)
    if diff:
        click.echo("".join(one.diff() for one in fixed), nl=False)
        raise SystemExit(2 if result.unchecked else 1 if fixed else 0)
    for one in fixed:
        try:
            fixes.write(one)
        except (OSError, RuntimeError) as error:
            raise _failure(str(error)) from error
    count = sum(one.count for one in fixed)
    if fixed:
        click.echo(f"Fixed {count} findings in {len(fixed)} files.", err=True)
    return rules.check_paths(paths, config, chosen)


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(","))


def _common_folder(paths: tuple[Path, ...]) -> Path:
    common = Path(os.path.commonpath([p.absolute() for p in paths]))
    return common if common.is_dir() else common.parent


def _failure(message: str) -> SystemExit:
    click.echo(f"celery-safe lint: {message}", err=True)
    return SystemExit(2)
