"""Checks the same project again and again: what has not changed is not parsed again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lint_rules._engine import files
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Unchecked
from lint_rules._engine.module import Module
from lint_rules._engine.report import Result
from lint_rules._engine.rules import Rule, check_run
from lint_rules._engine.run import Run
from lint_rules._engine.since import Revision

#: What says that a file is as it was: its text in the editor, or its time, size and inode.
Stamp = str | tuple[int, int, int] | None


class Cancelled(Exception):
    """The run was asked to stop; what it has read is kept for the next."""


@dataclass
class _Step:
    """What looking at one file did to a run: the lists that it made longer, and what it returned."""

    module: Module | None
    added: dict[str, list[Any]]
    checked: int


@dataclass
class _Known:
    """What is known of one file under one name, as of ``stamp``; None if not yet asked for."""

    stamp: Stamp
    name: tuple[str, ...]
    steps: dict[bool, _Step] = field(default_factory=dict)
    text: tuple[bytes, str] | None = None
    whole: Module | None = None
    imports: set[bytes] | None = None
    imported: Set[tuple[str, ...]] | None = None
    called: set[str] | None = None
    #: Words that were looked for in it, and whether they are there.
    mentions: dict[bytes, bool] = field(default_factory=dict)
    #: As others import from it, where nothing in it was looked for; None if it cannot be parsed.
    on_demand: Module | tuple[()] | None = ()
    #: When it could be parsed last.
    before: _Known | None = None


@dataclass
class _Memory:
    """What a session keeps between two runs."""

    listed: list[Path] | None = None
    names: files.ModuleNames = field(default_factory=files.ModuleNames)
    unlisted: list[Unchecked] = field(default_factory=list)
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    known: dict[Path, _Known] = field(default_factory=dict)


class Session:
    """The files below some folders, checked with the same rules as often as they change.

    Not for several threads at once.

    Args:
        paths: files and folders.
        config: what to leave out.
        rules: what to look for.
    """

    def __init__(self, paths: Iterable[Path], config: Config, rules: Sequence[Rule]) -> None:
        self.config = config
        self._paths = [p.absolute() for p in paths]
        self._rules = tuple(rules)
        self._memory = _Memory()
        self._is_warm = False

    def refresh(self) -> None:
        """Look at the disk again in the next run: files may have come, gone or changed."""
        self._memory.listed = None

    def check(
        self,
        texts: Mapping[Path, str] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        before: Revision | None = None,
    ) -> Result:
        """Check all files; same findings as :func:`~lint_rules._engine.rules.check_paths`.

        A file that cannot be parsed as it stands in ``texts`` is taken as it last could be, so
        that what others import from it does not vanish while somebody types.

        Args:
            texts: stand for what is in some files, by their absolute path.
            should_stop: is asked after each file.
            before: what to compare with.

        Raises:
            Cancelled: ``should_stop`` said so.
        """

        def progress(_: int) -> None:
            if should_stop():
                raise Cancelled

        run = _SessionRun(self.config, texts or {}, progress, self._memory)
        result = check_run(run, self._paths, self._rules, before)
        if not self._is_warm:
            # Trees are many objects that stay: the collector need not look at them again.
            gc.freeze()
            self._is_warm = True
        return result


class _SessionRun(Run):
    def __init__(
        self,
        config: Config,
        texts: Mapping[Path, str],
        progress: Callable[[int], None],
        memory: _Memory,
    ) -> None:
        super().__init__(config, texts, progress)
        self._memory = memory

    def discover(self, paths: Iterable[Path], excluded: Callable[[Path], bool]) -> Iterable[Path]:
        memory = self._memory
        if memory.listed is None:
            memory.unlisted, memory.names = [], files.ModuleNames()
            found = list(
                files.discover(
                    paths, excluded, lambda p, why: memory.unlisted.append(Unchecked(p, why))
                )
            )
            memory.stamps = {path: _stamp(path) for path in found}
            memory.known = {p: memory.known[p] for p in found if p in memory.known}
            memory.listed = found
        self.names = memory.names
        self.unchecked.extend(memory.unlisted)
        return memory.listed

    def module(self, path: Path, *, always: bool) -> Module | None:
        known = self._known(path)
        step = known.steps.get(always)
        if step is None:
            step = known.steps[always] = self._step(path, known, always=always)
        else:
            for name, items in step.added.items():
                getattr(self, name).extend(items)
            self.checked += step.checked
        return step.module

    def _step(self, path: Path, known: _Known, *, always: bool) -> _Step:
        """Look at a file, and note what the run gets from it."""
        lists = {name: value for name, value in vars(self).items() if isinstance(value, list)}
        lengths = {name: len(value) for name, value in lists.items()}
        checked = self.checked
        module = super().module(path, always=always)
        added = {name: value[lengths[name] :] for name, value in lists.items()}
        if added["unchecked"] and path in self.texts and known.before is not None:
            before = known.before.steps.get(always)
            module = before.module if before else None
            known.on_demand = known.before.on_demand
        else:
            known.before = None
        return _Step(
            module, {n: items for n, items in added.items() if items}, self.checked - checked
        )

    def _known(self, path: Path) -> _Known:
        known = self._memory.known.get(path)
        stamp, name = self._stamp(path), self._names[path]
        if known is None or (known.stamp, known.name) != (stamp, name):
            new = _Known(stamp, name)
            if known is not None and known.name == name:
                new.before = known.before or known
            self._memory.known[path] = known = new
        return known

    def _text(self, path: Path) -> tuple[bytes, str]:
        if path not in self._names:
            return super()._text(path)
        known = self._known(path)
        if known.text is None:
            known.text = super()._text(path)
        return known.text

    def collected(self, path: Path, text: str) -> Module:
        known = self._known(path)
        if known.whole is None:
            known.whole = super().collected(path, text)
        return known.whole

    def raw(self, path: Path) -> bytes:
        text = self._known(path).text
        return super().raw(path) if text is None else text[0]

    def imports(self, path: Path) -> set[bytes]:
        known = self._known(path)
        if known.imports is None:
            known.imports = super().imports(path)
        return known.imports

    def imported(self, path: Path) -> Set[tuple[str, ...]]:
        known = self._known(path)
        if known.imported is None:
            known.imported = super().imported(path)
        return known.imported

    def mentions(self, path: Path, words: Iterable[bytes]) -> bool:
        known = self._known(path).mentions
        for word in words:
            if word not in known:
                known[word] = super().mentions(path, [word])
            if known[word]:
                return True
        return False

    def called(self, path: Path) -> set[str]:
        known = self._known(path)
        if known.called is None:
            known.called = super().called(path)
        return known.called

    def on_demand(self, path: Path) -> Module | None:
        if path not in self._names:
            return super().on_demand(path)  # of no folder of the session
        known = self._known(path)
        if known.on_demand == ():
            known.on_demand = super().on_demand(path)
        return known.on_demand or None

    def _stamp(self, path: Path) -> Stamp:
        return self.texts[path] if path in self.texts else self._memory.stamps[path]


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
