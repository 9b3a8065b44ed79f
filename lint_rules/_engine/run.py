"""Finds the files of one run, reads them, and parses those that matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path

from lint_rules._engine import disk, files, makers, quiet, reach, syntax
from lint_rules._engine.beside import Beside
from lint_rules._engine.callers import Callers
from lint_rules._engine.collect import collect, collect_names
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Finding, Unchecked
from lint_rules._engine.index import Index
from lint_rules._engine.module import Module
from lint_rules._engine.registry import Rule
from lint_rules._engine.settings import loaded_files

#: Files without a word of Celery are parsed for their syntax alone, up to so many bytes of a run.
SYNTAX_ONLY = 1_000_000
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

    def fail(self, rule: Rule, reason: str) -> None:
        """A rule does not work, so what it would find is not known."""
        self._report(str(rule.folder / f"{rule.stem}.py"), f"rule {rule.code} failed: {reason}")

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
            if path.absolute() not in relevant and any(name[-len(one) :] == one for one in wanted):
                self._read_whole(path, relevant)

    def _read_whole(self, path: Path, relevant: dict[Path, Module]) -> None:
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
                    self._read_whole(path, relevant)

    def _has(self, path: Path, pattern: re.Pattern[bytes]) -> bool:
        try:
            return pattern.search(self._text(path)[0]) is not None
        except syntax.CannotCheck:
            return False  # the first reading said so

    def _callers(self, relevant: dict[Path, Module]) -> None:
        """Add the files without a word of Celery through which a transaction leads to a send."""
        told = {one.path for one in self.unchecked}
        given = {path: absolute for absolute, path in self._given.items() if str(path) not in told}
        names = {path: self._names[absolute] for path, absolute in given.items()}
        callers = Callers(self, names, self.modules)
        known = [path for path in self._with_transactions if path in names]
        opening = callers.opening(known, self._sifted)
        if opening:
            for found in callers.between(opening):
                self._add(found, relevant)
            self._add(callers.calling(opening), relevant)

    def _add(self, paths: Iterable[Path], relevant: dict[Path, Module]) -> None:
        for path in paths:
            try:
                module = self.collected(path, self._text(path)[1])
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
        return collect(path, self._names[path.absolute()], text, quiet.parse(path, text))

    def _text(self, path: Path) -> tuple[bytes, str]:
        if path in self.texts:
            return self.texts[path].encode(), self.texts[path]
        raw, text = files.read(path)
        if len(raw) <= self._room:
            self._room -= len(raw)
            self._raw[path] = self._raw[path.absolute()] = raw
        return raw, text

    def raw(self, path: Path) -> bytes:
        """What is in a file.

        Raises:
            OSError: it is gone.
        """
        if path in self.texts:
            return self.texts[path].encode()
        raw = self._raw.get(path)
        return disk.read_bytes(path) if raw is None else raw

    def called(self, path: Path) -> set[str]:
        """The names of what a file calls."""
        return files.called(self.raw(path))

    def mentions(self, path: Path, words: Iterable[bytes]) -> bool:
        """Whether a file has one of these in it."""
        raw = self.raw(path)
        return any(word in raw for word in words)

    def imported(self, path: Path) -> Set[tuple[str, ...]]:
        """The modules that a file of the run may import."""
        name = self._names[path.absolute()]
        return set(reach.imported(self.raw(path), name, path.name == "__init__.py"))

    def imports(self, path: Path) -> set[bytes]:
        """The absolute names of modules that a file imports."""
        return files.imports(self.raw(path))

    def on_demand(self, path: Path) -> Module | None:
        """A file that another one imports from; what is wrong with it is no finding of this run."""
        try:
            _, text = self._text(path)
            name = self._names.get(path) or self._beside.name_of(path)
            return collect_names(self._given.get(path, path), name, text, syntax.parse(text))
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
