"""``celery-safe lint``: check Celery code without running it."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from celery_safe.cli._lint_options import STDIN, Options
from celery_safe.cli._lint_output import failure, progress, show, tell
from celery_safe.cli._lint_revision import revision

if TYPE_CHECKING:
    from lint_rules._engine.job import Job
    from lint_rules._engine.report import Result


def _jobs(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if value != "auto" and (not value.isdecimal() or int(value) < 1):
        raise click.BadParameter(f"{value!r} is neither auto nor a number from 1")
    return value


@click.command(
    "lint",
    epilog="""\b
Examples:
  celery-safe lint src
  celery-safe lint . --select CS2 --output-format json
  celery-safe lint . --select CS101 --diff      what --fix would write
  celery-safe lint . --since origin/main        what breaks during a rolling deploy
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
@click.option(
    "--celery-version",
    metavar="VERSION",
    help="Check for this version of Celery, not for the one that the project requires.",
)
@click.option(
    "--since", metavar="REVISION",
    help="Compare with this git revision; by default where the branch left the default branch.",
)  # fmt: skip
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
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option(
    "--jobs", default="auto", show_default=True, metavar="N", callback=_jobs,
    help="How many processes parse files.",
)  # fmt: skip
@click.option(
    "--cache-dir", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Where results are kept; by default beside the configuration.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither use nor keep results of earlier runs.")
@click.option(
    "--stdin-filename", type=click.Path(path_type=Path), metavar="FILE",
    help="With - as path: the file that standard input is.",
)  # fmt: skip
def command(paths: tuple[Path, ...], **given: Any) -> None:
    """Check the Celery code in PATHS (files or folders; without any, here) without running it.

    Exit code 0: nothing found. 1: findings. 2: something could not be checked.
    """
    options = Options(paths or (Path(),), **given)
    options.refuse_what_makes_no_sense()
    if not options.watch:
        gc.disable()  # one run, then the process ends
    if importlib.util.find_spec("libcst") is None:
        raise failure("lint needs libcst: pip install 'celery-safe[lint]'")
    from lint_rules._engine.job import JobError

    job = _job(options)
    try:
        if options.show_files:
            _show_files(job)
        if options.watch:
            _watch(options)
        result = _result(job, options)
    except JobError as error:
        raise failure(str(error)) from error
    # Where standard output is the fixed text, findings go to the other stream.
    show(result, options, err=bool(job.texts) and options.writes)
    raise SystemExit(0 if options.exit_zero and result.exit_code == 1 else result.exit_code)


def _job(options: Options) -> Job:
    """What the options mean; exits with 2 where they are wrong."""
    from lint_rules._engine import config as configuration
    from lint_rules._engine import parallel, rules
    from lint_rules._engine.job import Job

    paths, texts, raw = options.paths, {}, b""
    if STDIN in paths:
        name = options.stdin_filename or STDIN
        raw = sys.stdin.buffer.read()
        paths, texts = (name,), {name: _decoded(name, raw)}
    missing = [str(p) for p in paths if p not in texts and not os.path.lexists(p)]
    if missing:
        raise failure(f"no such file or folder: {', '.join(missing)}")
    try:
        config = configuration.load(_common_folder(paths))
        whole_group = options.since is not None and not options.select
        config = replace(
            config,
            select=_codes(options.select) or config.select,
            ignore=_codes(options.ignore) or config.ignore,
            extend_select=(*config.extend_select, *(("CS7",) if whole_group else ())),
            preset=options.preset or config.preset,
            celery_version=configuration.celery_version(options.celery_version, "--celery-version")
            if options.celery_version
            else config.celery_version,
        )
        chosen = rules.chosen(rules.all_rules(extended=config.extend_rules), config)
    except (configuration.ConfigError, rules.RuleError) as error:
        raise failure(str(error)) from error
    baseline = options.baseline
    if baseline is None and config.baseline:
        baseline = config.root / config.baseline
    jobs = parallel.automatic() if options.jobs == "auto" else int(options.jobs)
    before = revision(paths, _common_folder(paths), config, options.since, chosen, tell)
    return Job(paths, config, chosen, tell, texts, raw, baseline, jobs=jobs, before=before)


def _result(job: Job, options: Options) -> Result:
    """Check, and write what is to be written; what is left then."""
    from lint_rules._engine import cache

    with progress() as job_progress:
        job = replace(job, progress=job_progress)
        if options.no_cache or options.writes:
            result = job.run()
        else:
            result = job.cached(options.cache_dir or job.config.root / cache.NAME)
    if options.diff:
        fixed = job.fixes(result, unsafe=options.unsafe_fixes)
        click.echo(os.fsencode("".join(one.diff() for one in fixed)), nl=False)
        raise SystemExit(2 if result.unchecked else 1 if fixed else 0)
    if options.writes:
        result = _write(job, result, options)
    if options.write_baseline:
        job.write_baseline(result)
    return job.fresh(result, prune=not job.texts)


def _watch(options: Options) -> NoReturn:
    """Print the findings anew whenever a file changes, until somebody stops it."""
    from lint_rules._engine import watch

    def job() -> Job | None:
        try:
            return _job(options)
        except SystemExit:
            return None  # it has said why

    try:
        for result in watch.results(job):
            if sys.stdout.isatty():
                click.clear()
            show(result, options)
            click.echo("Waiting for changes; Ctrl-C ends.", err=True)
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    raise SystemExit(2)


def _decoded(name: Path, raw: bytes) -> str:
    from lint_rules._engine import files, syntax

    try:
        return files.decode(raw)
    except syntax.CannotCheck as error:
        raise failure(f"{name} {error}") from error


def _show_files(job: Job) -> None:
    from lint_rules._engine import files

    problems: list[str] = []
    excluded = files.excluder(job.config.exclude, job.config.root)
    for path in files.discover(job.paths, excluded, lambda p, why: problems.append(f"{p} {why}")):
        click.echo(os.fsencode(path))
    for problem in problems:
        tell(problem)
    raise SystemExit(2 if problems else 0)


def _write(job: Job, result: Result, options: Options) -> Result:
    """Write fixes or ignore comments; the result of linting again."""
    from lint_rules._engine.formats import count

    if options.add_ignore is None:
        done, fixed = "Fixed", job.fixes(result, unsafe=options.unsafe_fixes)
    else:
        done, fixed = "Ignored", job.ignores(result, options.add_ignore)
    if job.texts:
        return job.run(job.write_text(fixed))
    written, left = job.write(fixed)
    if written:
        findings = count(sum(one.count for one in written), "finding")
        click.echo(f"{done} {findings} in {count(len(written), 'file')}.", err=True)
    for one in left:
        tell(f"{one.path} is left as it was: {one.reason}")
    if left:
        raise SystemExit(2)
    return job.run()


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(","))


def _common_folder(paths: tuple[Path, ...]) -> Path:
    common = Path(os.path.commonpath([p.absolute() for p in paths]))
    return common if common.is_dir() else common.parent
