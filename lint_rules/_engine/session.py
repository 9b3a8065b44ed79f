"""Checks the same project again and again: what has not changed is not parsed again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lint_rules._engine import files
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Unchecked
from lint_rules._engine.module import Module
from lint_rules._engine.report import Result
from lint_rules._engine.rules import Rule, Run, check_run

#: What says that a file is as it was: its text in the editor, or its time, size and inode.
Stamp = str | tuple[int, int, int] | None


class Cancelled(Exception):
    """The run was asked to stop; what it has read is kept for the next."""


@dataclass
class _Known:
    """What is known of one file under one name, as of ``stamp``."""

    stamp: Stamp
    name: tuple[str, ...]
    module: Module | None = None
    unchecked: tuple[Unchecked, ...] = ()
    imports: set[bytes] | None = None
    #: As others import from it, where nothing in it was looked for; ``()`` if not yet asked for.
    on_demand: Module | tuple[()] | None = ()


@dataclass
class _Memory:
    """What a session keeps between two runs."""

    files: list[Path] | None = None
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
        self._memory.files = None

    def check(
        self,
        texts: Mapping[Path, str] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Result:
        """Check all files; same findings as :func:`~lint_rules._engine.rules.check_paths`.

        A file that cannot be parsed as it stands in ``texts`` is taken as it last could be, so
        that what others import from it does not vanish while somebody types.

        Args:
            texts: stand for what is in some files, by their absolute path.
            should_stop: is asked after each file.

        Raises:
            Cancelled: ``should_stop`` said so.
        """

        def progress(_: int) -> None:
            if should_stop():
                raise Cancelled

        run = _SessionRun(self.config, texts or {}, progress, self._memory)
        result = check_run(run, self._paths, self._rules)
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
        if memory.files is None:
            memory.unlisted = []
            found = list(
                files.discover(
                    paths, excluded, lambda p, why: memory.unlisted.append(Unchecked(p, why))
                )
            )
            memory.stamps = {path: _stamp(path) for path in found}
            memory.known = {p: memory.known[p] for p in found if p in memory.known}
            memory.files = found
        self.unchecked.extend(memory.unlisted)
        return memory.files

    def module(self, path: Path, *, always: bool) -> Module | None:
        known = self._memory.known.get(path)
        stamp = self._stamp(path)
        if known is None or (known.stamp, known.name) != (stamp, self._names[path]):
            known = self._read(path, stamp, known, always=always)
        self.unchecked.extend(known.unchecked)
        self.checked += not known.unchecked
        return known.module

    def _read(self, path: Path, stamp: Stamp, before: _Known | None, *, always: bool) -> _Known:
        unchecked, checked = self.unchecked, self.checked
        self.unchecked = []
        try:
            module = super().module(path, always=always)
            new = tuple(self.unchecked)
        finally:
            self.unchecked, self.checked = unchecked, checked
        known = _Known(stamp, self._names[path], module, new)
        if new and before is not None and path in self.texts and before.name == known.name:
            known.module, known.on_demand = before.module, before.on_demand
        self._memory.known[path] = known
        return known

    def imports(self, path: Path) -> set[bytes]:
        known = self._memory.known[path]
        if known.imports is None:
            known.imports = files.imports(self._raw(path))
        return known.imports

    def _raw(self, path: Path) -> bytes:
        return self.texts[path].encode() if path in self.texts else path.read_bytes()

    def on_demand(self, path: Path) -> Module | None:
        known = self._memory.known[path]
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
