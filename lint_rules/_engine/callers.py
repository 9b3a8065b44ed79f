"""Files without a word of Celery that a transaction, or what lies between it and a send, leads through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Protocol

from lint_rules._engine import files
from lint_rules._engine.module import Module
from lint_rules._engine.transactions import FARTHEST, homes_of_senders

_Name = tuple[str, ...]
#: Names of functions that send, each with its classes.
_Homes = Mapping[str, set[str]]
#: A function between the transaction and the send stands in one file, and may be imported from another.
_HOPS = 2 * (FARTHEST - 1)
_WRAPPER = re.compile(rb"contextmanager\s+(?:async[ \t]+)?def[ \t]+(\w+)")


class Files(Protocol):
    """What is asked of the files of a run; OSError if one is gone since it was read."""

    def raw(self, path: Path) -> bytes: ...
    def called(self, path: Path) -> set[str]: ...
    def mentions(self, path: Path, words: Iterable[bytes]) -> bool: ...
    def imported(self, path: Path) -> Set[_Name]: ...


class Callers:
    """Chooses files of one run that were left out, by their bytes alone.

    Args:
        source: the files.
        names: their modules, of all files of the run.
        modules: the files that were not left out; more come as they are parsed.
    """

    def __init__(
        self, source: Files, names: Mapping[Path, _Name], modules: Mapping[Path, Module]
    ) -> None:
        self._source = source
        self._names = names
        self._paths = {name: path for path, name in names.items()}
        self._modules = modules
        #: Those that were yielded; what cannot be parsed is not among the modules afterwards.
        self._tried: set[Path] = set()

    def opening(self, known: Iterable[Path], sifted: Iterable[Path]) -> list[Path]:
        """The files that may open a transaction, be it by a context manager of the project.

        Args:
            known: those that were left out and open one.
            sifted: all that were left out.
        """
        opening = dict.fromkeys(known)
        opening |= dict.fromkeys(p for p in self._modules if files.opens_transaction(self._raw(p)))
        wrappers = {w for path in opening for w in _WRAPPER.findall(self._raw(path))}
        names = [name for name in wrappers if not files.opens_transaction(name)]
        for path in sifted if names else ():
            if path not in opening and self._mentions(path, names):
                opening[path] = None
        return list(opening)

    def between(self, opening: Iterable[Path]) -> Iterator[list[Path]]:
        """Those that a transaction may lead through, from the send on; each lot is parsed before the next."""
        near = self._by_called(self._near(opening))
        known: _Homes = {}
        while True:
            homes = self._homes()
            found = self._calling(near, homes, known)
            if not found:
                return
            known = homes
            yield found

    def calling(self, paths: Iterable[Path]) -> list[Path]:
        """Those of ``paths``, yet left out, that call a function that sends."""
        return self._calling(self._by_called(paths), self._homes(), {})

    def _homes(self) -> _Homes:
        return homes_of_senders(list(self._modules.values()))

    def _near(self, opening: Iterable[Path]) -> list[Path]:
        """What these files import, at once or through others, as far as it was left out."""
        fresh = {self._names[path] for path in opening}
        near: set[_Name] = set()
        for _ in range(_HOPS):
            found = {n for one in fresh for n in self._imported(self._paths[one])}
            fresh = (found & self._paths.keys()) - near
            near |= fresh
        return [path for name in near if (path := self._paths[name]) not in self._modules]

    def _by_called(self, paths: Iterable[Path]) -> dict[str, list[Path]]:
        """The files that are left out, by the names that they call."""
        found: dict[str, list[Path]] = {}
        for path in paths:
            if path in self._modules or path in self._tried:
                continue
            try:
                called = self._source.called(path)
            except OSError:
                continue  # gone since it was read
            for name in called:
                found.setdefault(name, []).append(path)
        return found

    def _calling(
        self, by_called: Mapping[str, list[Path]], homes: _Homes, known: _Homes
    ) -> list[Path]:
        """The files that call a function of ``homes`` which was not ``known`` before."""
        found: set[Path] = set()
        for name in homes.keys() & by_called.keys():
            fresh = [home.encode() for home in homes[name] - known.get(name, set())]
            for path in by_called[name] if fresh else ():
                if path in found or path in self._tried or path in self._modules:
                    continue
                if b"" in fresh or self._mentions(path, fresh):
                    found.add(path)
        self._tried |= found
        return sorted(found)

    def _mentions(self, path: Path, words: Iterable[bytes]) -> bool:
        try:
            return self._source.mentions(path, words)
        except OSError:
            return False  # gone since it was read

    def _imported(self, path: Path) -> Set[_Name]:
        try:
            return self._source.imported(path)
        except OSError:
            return set()  # gone since it was read

    def _raw(self, path: Path) -> bytes:
        try:
            return self._source.raw(path)
        except OSError:
            return b""  # gone since it was read
