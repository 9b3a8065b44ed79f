"""``celery-safe lint``: check Celery code without running it."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lint_rules._engine.job import Job
    from lint_rules._engine.report import Result

STDIN = Path("-")


@click.command(
    "lint",
    epilog="""\b
Examples:
  celery-safe lint src
  celery-safe lint . --select CS2 --output-format json
  celery-safe lint . --select CS101 --diff      what --fix would write
  celery-safe lint . --add-ignore "known, SHOP-12"
  celery-safe lint - --stdin-filename shop/tasks.py < shop/tasks.py""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
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
@click.option("--fix/--no-fix", "fix", help="Write the safe fixes into the files.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe ones too.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option(
    "--add-ignore", metavar="REASON",
    help="Write an ignore comment with this reason at every finding.",
)  # fmt: skip
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="FILE",
    help="Leave out the findings that this file has.",
)  # fmt: skip
@click.option(
    "--write-baseline", is_flag=True, help="Write the findings of now into the baseline file."
)
@click.option(
    "--output-format", default="text", show_default=True, help="How findings are printed.",
    type=click.Choice(["text", "concise", "json", "github", "gitlab", "junit", "sarif"]),
)  # fmt: skip
@click.option(
    "--output-file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write the findings there.",
)  # fmt: skip
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead.")
@click.option("--exit-zero", is_flag=True, help="Findings alone are no failure: exit with 0.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option(
    "--cache-dir", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Where results are kept; by default beside the configuration.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither use nor keep results of earlier runs.")
@click.option(
    "--stdin-filename", type=click.Path(path_type=Path), metavar="FILE",
    help="With - as path: the file that standard input is.",
)  # fmt: skip
def command(
    paths: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    preset: str | None,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    add_ignore: str | None,
    baseline: Path | None,
    write_baseline: bool,
    output_format: str,
    output_file: Path | None,
    statistics: bool,
    exit_zero: bool,
    show_files: bool,
    cache_dir: Path | None,
    no_cache: bool,
    stdin_filename: Path | None,
) -> None:
    """Check the Celery code in PATHS (files or folders; without any, here) without running it.

    Exit code 0: nothing found. 1: findings. 2: something could not be checked.
    """
    if unsafe_fixes and not (fix or diff):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff")
    if add_ignore is not None and (fix or diff):
        raise click.UsageError("--add-ignore does not go with --fix or --diff")
    if statistics and output_format not in ("text", "concise", "json"):
        raise click.UsageError(f"--statistics does not go with --output-format {output_format}")
    if importlib.util.find_spec("libcst") is None:
        raise _failure("lint needs libcst: pip install 'celery-safe[lint]'")
    from lint_rules._engine import cache
    from lint_rules._engine.job import JobError

    job = _job(paths or (Path(),), stdin_filename, select, ignore, preset, baseline)
    if show_files:
        _show_files(job)
    writes = fix or diff or add_ignore is not None
    if no_cache or writes:
        result = job.run()
    else:
        result = job.cached(cache_dir or job.config.root / cache.NAME)
    try:
        if diff:
            fixed = job.fixes(result, unsafe=unsafe_fixes)
            click.echo("".join(one.diff() for one in fixed), nl=False)
            raise SystemExit(2 if result.unchecked else 1 if fixed else 0)
        if fix or add_ignore is not None:
            result = _write(job, result, unsafe_fixes, add_ignore)
        if write_baseline:
            job.write_baseline(result)
        result = job.fresh(result, tell=True)
    except JobError as error:
        raise _failure(str(error)) from error
    # Where standard output is the fixed text, findings go to the other stream.
    _print(result, output_format, output_file, statistics, err=bool(job.texts) and writes)
    raise SystemExit(0 if exit_zero and result.exit_code == 1 else result.exit_code)


def _job(
    paths: tuple[Path, ...],
    stdin_filename: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    preset: str | None,
    baseline: Path | None,
) -> Job:
    """What the options mean; exits with 2 where they are wrong."""
    from lint_rules._engine import config as configuration
    from lint_rules._engine import rules
    from lint_rules._engine.job import Job

    texts, raw = {}, b""
    if STDIN in paths:
        if paths != (STDIN,):
            raise click.UsageError("- stands alone: standard input is the only file then")
        name = stdin_filename or Path("stdin.py")
        raw = sys.stdin.buffer.read()
        paths, texts = (name,), {name: _decoded(name, raw)}
    elif stdin_filename is not None:
        raise click.UsageError("--stdin-filename goes with - as path")
    missing = [str(p) for p in paths if p not in texts and not os.path.lexists(p)]
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
    if baseline is None and config.baseline:
        baseline = config.root / config.baseline
    return Job(paths, config, chosen, _tell, texts, raw, baseline)


def _decoded(name: Path, raw: bytes) -> str:
    from lint_rules._engine import files, syntax

    try:
        return files.decode(raw)
    except syntax.CannotCheck as error:
        raise _failure(f"{name} {error}") from error


def _show_files(job: Job) -> None:
    from lint_rules._engine import files

    problems: list[str] = []
    excluded = files.excluder(job.config.exclude, job.config.root)
    for path in files.discover(job.paths, excluded, lambda p, why: problems.append(f"{p} {why}")):
        click.echo(path)
    for problem in problems:
        _tell(problem)
    raise SystemExit(2 if problems else 0)


def _print(
    result: Result, output_format: str, output_file: Path | None, statistics: bool, err: bool
) -> None:
    from lint_rules._engine.formats import Style, printable, render

    stream = sys.stderr if err else sys.stdout
    color = output_file is None and _color(stream.isatty())
    shown = render(result, output_format, Style(color, statistics))
    if output_file is None:
        click.echo(shown, err=err, color=color)
    else:
        try:
            output_file.write_text(f"{shown}\n", encoding="utf-8")
        except OSError as error:
            raise _failure(f"{output_file} cannot be written: {error.strerror}") from error
    for unchecked in result.unchecked:
        _tell(printable(f"{unchecked.path} {unchecked.reason}"))


def _color(is_terminal: bool) -> bool:
    """As https://no-color.org and https://force-color.org say."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def _write(job: Job, result: Result, unsafe: bool, reason: str | None) -> Result:
    """Write fixes, or comments with ``reason``; the result of linting again."""
    fixed = job.fixes(result, unsafe=unsafe) if reason is None else job.ignores(result, reason)
    count = sum(one.count for one in fixed)
    if fixed:
        done = "Fixed" if reason is None else "Ignored"
        click.echo(f"{done} {count} findings in {len(fixed)} files.", err=True)
    return job.write(fixed)


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(","))


def _common_folder(paths: tuple[Path, ...]) -> Path:
    common = Path(os.path.commonpath([p.absolute() for p in paths]))
    return common if common.is_dir() else common.parent


def _tell(message: str) -> None:
    click.echo(f"celery-safe lint: {message}", err=True)


def _failure(message: str) -> SystemExit:
    _tell(message)
    return SystemExit(2)
