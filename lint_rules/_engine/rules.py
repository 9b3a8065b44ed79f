"""Runs rules over files."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from lint_rules._engine import disk, files, makers, suppress, syntax
from lint_rules._engine.beside import Beside
from lint_rules._engine.collect import collect, collect_names
from lint_rules._engine.compare import Comparison
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Finding, Unchecked
from lint_rules._engine.garbage import no_collector
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
from lint_rules._engine.settings import loaded_files
from lint_rules._engine.since import Revision
from lint_rules._engine.transactions import homes_of_senders
from lint_rules._engine.unseen import unseen

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
    with no_collector():
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
            for finding in _found(rule, project, run)
            if (kept := project.ignores.keep(finding)) and not run.is_ignored(kept)
        ]
    gone = project.compared.before.modules if project.compared else ()
    with_findings = {f.path for f in found}
    return Result(
        sorted(found),
        sorted(run.unchecked),
        run.checked,
        {
            str(m.path): m.lines
            for m in (*gone, *modules, *index.others.values())
            if str(m.path) in with_findings
        },
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


def read_project(paths: Iterable[Path], config: Config) -> tuple[Project, list[Unchecked], int]:
    """The project below ``paths``, what of it could not be read, and how many files were."""
    run = Run(config, {}, lambda _: None)
    with no_collector():
        modules, index = run.read(paths)
        return Project(modules, index, config.task_decorators), run.unchecked, run.checked


#: Bytes of files that a run keeps after it has read them.
KEPT = 64 * 2**20


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
        self.names = files.ModuleNames()
        self._names: dict[Path, tuple[str, ...]] = {}
        self._given: dict[Path, Path] = {}
        self._sifted: list[Path] = []
        self._beside = Beside()
        self._spare = SYNTAX_ONLY
        #: What has been read, as far as there is room: who imports what is asked later.
        self._raw: dict[Path, bytes] = {}
        self._room = KEPT
        self._with_transactions: list[Path] = []
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
        excluded = files.excluder(self.config.exclude, self.config.root)
        relevant: dict[Path, Module] = {}
        self._beside = Beside(named)
        for path in self.discover(paths, excluded):
            absolute = path.absolute()
            if absolute in self._names:
                continue
            self._names[absolute], self._given[absolute] = self.names.of(absolute), path
            module = self.module(path, always=path in named)
            self.progress(len(self._names))
            if module is not None:
                self.modules[path] = relevant[absolute] = module
        self._read_loaded(relevant)
        self._read_uses(relevant)
        self._callers(relevant)
        return list(self.modules.values()), Index(
            self._names, relevant, self.on_demand, self._whole, self.imports, self._beside, self.raw
        )

    def discover(self, paths: Iterable[Path], excluded: Callable[[Path], bool]) -> Iterable[Path]:
        """The files of the run."""
        return files.discover(paths, excluded, self._report)

    def _read_loaded(self, relevant: dict[Path, Module]) -> None:
        """Files that an app takes its settings from matter, whatever they say."""
        wanted = loaded_files(relevant.values())
        for path in self._sifted if wanted else ():
            name = self._names[path.absolute()]
            if any(name[-len(one) :] == one for one in wanted):
                self._add(path, relevant)

    def _add(self, path: Path, relevant: dict[Path, Module]) -> None:
        self.checked -= 1
        module = self.module(path, always=True)
        if module is not None:
            self.modules[path] = relevant[path.absolute()] = module

    def _read_uses(self, relevant: dict[Path, Module]) -> None:
        """Files that only use the project's own task decorators matter as well."""
        known = -1
        while known < len(relevant):
            known = len(relevant)
            uses = makers.uses(relevant.values(), self.config.task_decorators)
            if uses is None:
                return
            for path in self._sifted:
                if path.absolute() not in relevant and self._has(path, uses):
                    self._add(path, relevant)

    def _has(self, path: Path, pattern: re.Pattern[bytes]) -> bool:
        try:
            return pattern.search(self._text(path)[0]) is not None
        except syntax.CannotCheck:
            return False  # the first reading said so

    def _callers(self, relevant: dict[Path, Module]) -> None:
        """Add the files without a word of Celery whose transactions call a function that sends."""
        homes = homes_of_senders(list(self.modules.values())) if self._with_transactions else {}
        for path in self._with_transactions if homes else ():
            try:
                raw, text = self._text(path)
                called = self.called(path) & homes.keys()
                if any(home.encode() in raw for name in called for home in homes[name]):
                    module = self.collected(path, text)
                    self.modules[path] = relevant[path.absolute()] = module
            except syntax.CannotCheck as error:  # for its syntax alone it was not parsed before
                self.checked -= 1
                self._report(str(path), str(error))
            except RecursionError:
                self.checked -= 1
                self._report(str(path), "is nested too deeply to be checked")

    def module(self, path: Path, *, always: bool) -> Module | None:
        """The parsed file; None for one that says nothing about Celery or cannot be parsed."""
        try:
            raw, text = self._text(path)
            module = None
            if always or files.speaks(raw):
                module = self.collected(path, text)
            else:
                if files.opens_transaction(raw):
                    self._with_transactions.append(path)
                if len(raw) <= self._spare:
                    self._spare -= len(raw)
                    syntax.parse(text)
            if module is None:
                self._sifted.append(path)
        except syntax.CannotCheck as error:
            self._report(str(path), str(error))
        except RecursionError:
            self._report(str(path), "is nested too deeply to be checked")
        else:
            self.checked += 1
            return module
        return None

    def collected(self, path: Path, text: str) -> Module:
        """The file with its facts.

        Raises:
            CannotCheck: it cannot be parsed.
        """
        return collect(path, self._names[path.absolute()], text, syntax.parse(text))

    def _text(self, path: Path) -> tuple[bytes, str]:
        if path in self.texts:
            return self.texts[path].encode(), self.texts[path]
        raw, text = files.read(path)
        if len(raw) <= self._room:
            self._room -= len(raw)
            self._raw[path.absolute()] = raw
        return raw, text

    def raw(self, path: Path) -> bytes:
        """What is in a file.

        Raises:
            OSError: it is gone.
        """
        return self._raw[path] if path in self._raw else disk.read_bytes(path)

    def called(self, path: Path) -> set[str]:
        """The names of what a file calls; CannotCheck if it cannot be read."""
        return files.called(self._text(path)[0])

    def imports(self, path: Path) -> set[bytes]:
        """The absolute names of modules that a file imports."""
        return files.imports(self.raw(path))

    def on_demand(self, path: Path) -> Module | None:
        """A file that another one imports from; what is wrong with it is no finding of this run."""
        try:
            _, text = self._text(path)
            name = self._names.get(path) or self._beside.name_of(path)
            return collect_names(path, name, text, syntax.parse(text))
        except (syntax.CannotCheck, RecursionError):
            return None

    def _whole(self, path: Path) -> Module | None:
        """A file that speaks of Celery by the names of tasks alone; what is wrong with it was said."""
        try:
            _, text = self._text(self._given[path])
            return self.collected(self._given[path], text)
        except (syntax.CannotCheck, RecursionError):
            return None

    def _report(self, path: str, reason: str) -> None:
        self.unchecked.append(Unchecked(path, reason))
