"""Modules that a run was not given and that its files import: found on the disk when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from lint_rules._engine import disk
from lint_rules._engine.files import SKIPPED_FOLDERS

#: What stands at the top of a project.
_TOP = (".git", "pyproject.toml", "setup.py", "setup.cfg", "manage.py")
#: How many folders up it is looked for.
_FARTHEST = 8


class Beside:
    """Finds the file of a module below the folders that the files of a run are imported from.

    Args:
        paths: the files and folders of the run.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._paths = [path.absolute() for path in paths]
        self._found: dict[tuple[str, ...], Path | None] = {}
        self._names: dict[Path, tuple[str, ...]] = {}

    @property
    def files(self) -> list[Path]:
        """The files that were named themselves."""
        return [path for path in self._paths if disk.is_file(path)]

    def find(self, name: tuple[str, ...]) -> Path | None:
        """The file of the module called ``name``, if there is one."""
        if name not in self._found:
            path = self._find(name)
            self._found[name] = path
            if path is not None:
                self._names[path] = name
        return self._found[name]

    def name_of(self, path: Path) -> tuple[str, ...]:
        """The name under which a file was found."""
        return self._names[path]

    def _find(self, name: tuple[str, ...]) -> Path | None:
        if not name or not all(part.isidentifier() for part in name):
            return None  # a relative import that leads out of its package
        if len(name) > 1 and self.find(name[:1]) is None and not self._is_folder(name[0]):
            return None
        for root in self._roots:
            file = root.joinpath(*name)
            for path in (file.with_name(f"{file.name}.py"), file / "__init__.py"):
                if disk.is_file(path):
                    return path
        return None

    def _is_folder(self, name: str) -> bool:
        return any(disk.is_dir(root / name) for root in self._roots)

    @cached_property
    def _roots(self) -> list[Path]:
        """From where modules are imported: above the outermost package, up to the project's top."""
        return list(dict.fromkeys(r for path in self._paths for r in _above(path)))


def _above(path: Path) -> Iterator[Path]:
    folder = path if disk.is_dir(path) else path.parent
    while disk.is_file(folder / "__init__.py") and folder != folder.parent:
        folder = folder.parent
    folders = [folder, *folder.parents][:_FARTHEST]
    tops = [
        n
        for n, one in enumerate(folders)
        if any(disk.is_file(one / t) or disk.is_dir(one / t) for t in _TOP)
    ]
    for one in folders[: tops[0] + 1 if tops else 1]:
        if one.name not in SKIPPED_FOLDERS:
            yield one
