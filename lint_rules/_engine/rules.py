"""Runs rules over files."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lint_rules._engine import disk, files, suppress, syntax
from lint_rules._engine.collect import collect, collect_names
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Finding, Unchecked
from lint_rules._engine.index import Index
from lint_rules._engine.module import Module
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

__all__ = [
    "FOLDER", "Rule", "RuleError", "Run", "all_rules", "check_paths", "check_run", "chosen",
    "known_codes", "page",
]  # fmt: skip
#: Files without a word of Celery are parsed for their syntax alone, up to so many bytes of a run.
SYNTAX_ONLY = 1_000_000


def check_paths(
    paths: Iterable[Path],
    config: Config,
    rules: Iterable[Rule],
    texts: Mapping[Path, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Check every Python file below ``paths`` with ``rules``; never raises for a bad file.

    Args:
        paths: files and folders.
        config: what to leave out.
        rules: what to look for.
        texts: stand for what is in some files.
        progress: is told after each file how many are done.
    """
    return check_run(Run(config, texts or {}, progress), paths, rules)


def check_run(run: Run, paths: Iterable[Path], rules: Iterable[Rule]) -> Result:
    """What ``rules`` find in the files that ``run`` reads below ``paths``."""
    rules = sorted(rules, key=lambda r: r.runs_last)
    with _no_collector():
        modules, index = run.read(paths)
        project = Project(modules, index)
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
            for finding in _found(rule, project, run)
            if (kept := project.ignores.keep(finding)) and not run.is_ignored(kept)
        ]
    with_findings = {f.path for f in found}
    return Result(
        sorted(found),
        sorted(run.unchecked),
        run.checked,
        {str(m.path): m.lines for m in modules if str(m.path) in with_findings},
        tuple(rules),
    )


def _found(rule: Rule, project: Project, run: Run) -> Iterator[Finding]:
    """What a rule finds; one that fails is told like a file that could not be checked."""
    try:
        yield from map(rule.own, rule.check(project))
    except Exception as error:  # noqa: BLE001 (it may be anybody's, and the others have their say)
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        reason = f"rule {rule.code} failed: {type(error).__name__} at {place}: {error}"
        run.unchecked.append(Unchecked(str(rule.folder / f"{rule.stem}.py"), reason))


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the cyclic garbage collector: trees are many objects that stay, and it halves the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Run:
    """Finds the files of one run and parses those that matter."""

    def __init__(
        self, config: Config, texts: Mapping[Path, str], progress: Callable[[int], None]
    ) -> None:
        self.config = config
        self.texts = texts
        self.progress = progress
        self.unchecked: list[Unchecked] = []
        self.modules: dict[Path, Module] = {}
        self.checked = 0
        self._names: dict[Path, tuple[str, ...]] = {}
        self._spare = SYNTAX_ONLY
        self._ignored = [
            (files.excluder([pattern], config.root), codes)
            for pattern, codes in config.per_file_ignores.items()
        ]

    def is_ignored(self, finding: Finding) -> bool:
        """Whether the configuration ignores it in this file."""
        return any(
            finding.code.startswith(codes) and fits(Path(finding.path))
            for fits, codes in self._ignored
        )

    def read(self, paths: Iterable[Path]) -> tuple[list[Module], Index]:
        """The modules that speak of Celery, and the index of all."""
        named = set(paths)
        names = files.ModuleNames()
        excluded = files.excluder(self.config.exclude, self.config.root)
        relevant: dict[Path, Module] = {}
        for path in self.discover(paths, excluded):
            absolute = path.absolute()
            if absolute in self._names:
                continue
            self._names[absolute] = names.of(absolute)
            module = self.module(path, always=path in named)
            self.progress(len(self._names))
            if module is not None:
                self.modules[path] = relevant[absolute] = module
        return list(self.modules.values()), Index(
            self._names, relevant, self.on_demand, self.imports
        )

    def discover(self, paths: Iterable[Path], excluded: Callable[[Path], bool]) -> Iterable[Path]:
        """The files of the run."""
        return files.discover(paths, excluded, self._report)

    def module(self, path: Path, *, always: bool) -> Module | None:
        """The parsed file; None for one that says nothing about Celery or cannot be parsed."""
        try:
            raw, text = self._text(path)
            module = None
            if always or files.SIEVE.search(raw) is not None:
                module = collect(path, self._names[path.absolute()], text, syntax.parse(text))
            elif len(raw) <= self._spare:
                self._spare -= len(raw)
                syntax.parse(text)
        except syntax.CannotCheck as error:
            self._report(str(path), str(error))
        except RecursionError:
            self._report(str(path), "is nested too deeply to be checked")
        else:
            self.checked += 1
            return module
        return None

    def _text(self, path: Path) -> tuple[bytes, str]:
        if path in self.texts:
            return self.texts[path].encode(), self.texts[path]
        return files.read(path)

    def imports(self, path: Path) -> set[bytes]:
        """The absolute names of modules that a file imports."""
        return files.imports(disk.read_bytes(path))

    def on_demand(self, path: Path) -> Module | None:
        """A file that another one imports from; what is wrong with it is no finding of this run."""
        try:
            _, text = self._text(path)
            return collect_names(path, self._names[path], text, syntax.parse(text))
        except (syntax.CannotCheck, RecursionError):
            return None

    def _report(self, path: str, reason: str) -> None:
        self.unchecked.append(Unchecked(path, reason))
