"""Runs rules over files."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lint_rules._engine import asking, suppress
from lint_rules._engine.compare import Comparison
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Unchecked
from lint_rules._engine.project import Project
from lint_rules._engine.registry import (
    FOLDER,
    Rule,
    RuleError,
    all_rules,
    chosen,
    known_codes,
    page,
)
from lint_rules._engine.report import Result
from lint_rules._engine.run import Run
from lint_rules._engine.since import Revision
from lint_rules._engine.unseen import unseen

__all__ = [
    "FOLDER", "Rule", "RuleError", "Run", "all_rules", "check_paths", "check_run", "chosen",
    "known_codes", "page",
]  # fmt: skip


def check_paths(
    paths: Iterable[Path],
    config: Config,
    rules: Iterable[Rule],
    texts: Mapping[Path, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
    before: Revision | None = None,
) -> Result:
    """Check every Python file below ``paths`` with ``rules``; never raises for a bad file.

    Args:
        paths: files and folders.
        config: what to leave out.
        rules: what to look for.
        texts: stand for what is in some files.
        progress: is told after each file how many are done.
        before: what to compare with.
    """
    return check_run(Run(config, texts or {}, progress), paths, rules, before)


def check_run(
    run: Run, paths: Iterable[Path], rules: Iterable[Rule], before: Revision | None = None
) -> Result:
    """What ``rules`` find in the files that ``run`` reads below ``paths``."""
    rules = sorted(rules, key=lambda r: r.runs_last)
    with _no_collector():
        modules, index = run.read(paths)
        project = Project(modules, index, run.config.task_decorators, run.config.house)
        project.unchecked = run.unchecked
        if run.unchecked:
            project.unseen = unseen(run.unchecked, modules, run.config.task_decorators)
        project.celery_version = run.config.celery_version
        if before is not None and before.old:
            project.compared = Comparison(
                project, index, before, not project.unseen, run.config.task_decorators
            )
        project.ignores = suppress.Ignores(
            modules,
            known_codes(run.config.extend_rules),
            {r.code for r in rules},
            # What is not seen may be what a comment is for.
            lambda module: bool(run.unchecked) or index.lacks_imports_of(module),
        )
        found = [
            kept
            for rule in rules
            for finding in asking.found(rule, project, run.fail)
            if (kept := project.ignores.keep(finding)) and not run.is_ignored(kept)
        ]
    # What is wrong with a file beside the run is no finding of it.
    beside = {str(m.path) for m in index.asked_for(of_the_run=False)}
    found = [finding for finding in found if finding.path not in beside]
    gone = project.compared.before.modules if project.compared else ()
    with_findings = {f.path for f in found}
    lines = {
        str(m.path): m.lines
        for m in (*gone, *modules, *index.others.values(), *index.asked_for(of_the_run=True))
        if str(m.path) in with_findings
    }
    return Result(
        sorted(asking.placed(found, lines, rules, run.fail)),
        sorted(run.unchecked),
        run.checked,
        lines,
        tuple(rules),
    )


def read_project(paths: Iterable[Path], config: Config) -> tuple[Project, list[Unchecked], int]:
    """The project below ``paths``, what of it could not be read, and how many files were."""
    run = Run(config, {}, lambda _: None)
    with _no_collector():
        modules, index = run.read(paths)
        return Project(modules, index, config.task_decorators), run.unchecked, run.checked


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the cyclic garbage collector: trees are many objects that stay, and it halves the time."""
    was_on = gc.isenabled()
    gc.disable()
    # At its end the interpreter would look through all of them once more, as long as the run took.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        if was_on:
            gc.enable()
