"""Which file is which module; files that only others import from are parsed when they are asked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lint_rules._engine import disk
from lint_rules._engine.beside import Beside
from lint_rules._engine.module import Module

#: How many last parts of a path may name a module in a folder without ``__init__.py``.
_DEEPEST = 8


class Index:
    """The modules of one run by name.

    Args:
        names: every file that was found, by its absolute path.
        modules: those that were parsed.
        load: parses the names of another one; None if it cannot be.
        load_whole: parses all of another one.
        imports: the absolute names of modules that one imports.
        beside: finds modules that are not of the run.
        raw: what is in one.
    """

    def __init__(
        self,
        names: Mapping[Path, tuple[str, ...]],
        modules: Mapping[Path, Module],
        load: Callable[[Path], Module | None],
        load_whole: Callable[[Path], Module | None],
        imports: Callable[[Path], set[bytes]],
        beside: Beside,
        raw: Callable[[Path], bytes],
    ) -> None:
        self._relevant = modules
        self._load_whole = load_whole
        #: What :meth:`others_with` has found.
        self.others: dict[Path, Module] = {}
        self.names = names
        self._modules: dict[Path, Module | None] = dict(modules)
        self._load = load
        self.imports = imports
        self.raw = raw
        self.beside = beside
        self._imported: set[str] | None = None
        self._paths = list(names)
        self._is_top: dict[Path, bool] = {}
        self._by_name: dict[tuple[str, ...], Path] = {}
        self._by_last: dict[str, list[tuple[tuple[str, ...], Path]]] = {}
        for path, name in names.items():
            self._by_name[name] = path
            parts = (
                path.parent.parts if path.name == "__init__.py" else (*path.parent.parts, path.stem)
            )
            self._by_last.setdefault(parts[-1], []).append((parts, path))

    def others_with(self, pattern: re.Pattern[bytes], word: bytes = b"") -> Iterator[Module]:
        """The files that say nothing of Celery, but have the pattern and the word; each is parsed anew."""
        for path in self._silent_with(pattern, word):
            module = self.others.get(path) or self._load_whole(path)
            if module is not None:
                yield self.others.setdefault(path, module)

    def silent_with(
        self, pattern: re.Pattern[bytes], word: bytes = b""
    ) -> Iterator[tuple[str, ...]]:
        """The names of the files that say nothing of Celery, but have the pattern.

        Looking for a ``word`` that any match has in it first is a hundred times as fast.
        """
        return (self.names[path] for path in self._silent_with(pattern, word))

    def _silent_with(self, pattern: re.Pattern[bytes], word: bytes = b"") -> Iterator[Path]:
        for path in self._paths:
            if path in self._relevant:
                continue
            try:
                raw = self.raw(path)
            except OSError:
                continue  # gone since: the run has said so, or checked it before
            if word in raw and pattern.search(raw):
                yield path

    def imported(self) -> set[str]:
        """Every absolute module name that a file of the run imports; files are read for it once."""
        if self._imported is None:
            found: set[bytes] = set()
            for path in self._paths:
                try:
                    found.update(self.imports(path))
                except OSError:
                    continue  # gone since: the run has said so, or checked it before
            self._imported = {name.decode(errors="replace") for name in found}
        return self._imported

    def files(self) -> Mapping[tuple[str, ...], Path]:
        """The files of the run by the names of their modules, one for each name."""
        return self._by_name

    def paths(self) -> list[Path]:
        """Every file of the run."""
        return self._paths

    def lacks_imports_of(self, module: Module) -> bool:
        """Whether a file imports from files beside or above it that are not in the run."""
        above = list(module.path.absolute().parents)[:_DEEPEST]
        for binding in module.bindings.values():
            name = binding.origin
            if binding.kind != "import" or not name:
                continue
            beside = any(
                disk.is_dir(folder / name[0]) or disk.is_file(folder / f"{name[0]}.py")
                for folder in above
            )
            if beside and len(self._paths_of(name)) != 1 != len(self._paths_of(name[:-1])):
                return True
        return False

    def is_part(self) -> bool:
        """Whether files of the project are not in the run: those that its files import, or stand beside."""
        run = set(self._paths)
        if any(_neighbours(path) - run for path in self.beside.files):
            return True
        here = {path.with_name(path.stem) for path in self._paths}
        here |= {folder for path in self._paths for folder in path.parents}
        absent: set[Path] = set()
        for module in filter(None, list(self._modules.values())):
            bindings = module.bindings.values()
            names = {b.origin[0] for b in bindings if b.kind == "import" and b.origin}
            for folder in self._up_to_the_top(module.path.absolute()):
                for name in names - sys.stdlib_module_names:
                    place = folder / name
                    if place in here or place in absent:
                        continue
                    if disk.is_file(place.with_name(f"{name}.py")) or disk.is_file(
                        place / "__init__.py"
                    ):
                        return True
                    absent.add(place)
        return False

    def _up_to_the_top(self, path: Path) -> Iterator[Path]:
        """The folders above a file, up to that of its repository: what is above is not its project."""
        for folder in list(path.parents)[:_DEEPEST]:
            yield folder
            if folder not in self._is_top:
                self._is_top[folder] = disk.exists(folder / ".git")
            if self._is_top[folder]:
                return

    def module(self, name: tuple[str, ...]) -> Module | None:
        """The module of this name, if it is one of the run's or stands beside them."""
        paths = self._paths_of(name)
        path = paths[0] if len(paths) == 1 else None if paths else self.beside.find(name)
        return None if path is None else self.at(path)

    def modules(self, name: tuple[str, ...]) -> list[Module | None]:
        """All modules that may have this name, None for one that cannot be parsed."""
        return [self.at(path) for path in self._paths_of(name)]

    def has_package(self, name: str) -> bool:
        """Whether a module of the run is inside of a package of this name."""
        return any(len(parts) > 1 and parts[0] == name for parts in self._by_name)

    def _paths_of(self, name: tuple[str, ...]) -> list[Path]:
        if name in self._by_name:
            return [self._by_name[name]]
        if not 1 < len(name) <= _DEEPEST:
            return []
        # Folders without __init__.py: the end of the path tells.
        return [p for parts, p in self._by_last.get(name[-1], ()) if parts[-len(name) :] == name]

    def asked_for(self, *, of_the_run: bool) -> list[Module]:
        """The files that others import from: those of the run, or those that stand beside it."""
        return [m for p, m in self._modules.items() if m and (p in self.names) is of_the_run]

    def at(self, path: Path) -> Module | None:
        """The file at an absolute path of the run, parsed if it is not yet."""
        if path not in self._modules:
            self._modules[path] = self._load(path)
        return self._modules[path]


def _neighbours(path: Path) -> set[Path]:
    """The files of the package that a file is in."""
    folder = path.parent
    return set(disk.glob(folder, "*.py")) if disk.is_file(folder / "__init__.py") else set()
