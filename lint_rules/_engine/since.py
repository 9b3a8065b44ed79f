"""The project as it was at an earlier revision; only the files that changed are read again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lint_rules._engine import disk, files, syntax
from lint_rules._engine.collect import collect, collect_names
from lint_rules._engine.config import Config
from lint_rules._engine.git import Changed, Repository
from lint_rules._engine.index import Index
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project


@dataclass(frozen=True)
class Revision:
    """What the Python files of a run were at an earlier revision, by the paths of the run.

    ``old`` is what those that changed or are gone had in them, ``new`` are those that were not
    there, ``elsewhere`` is what changed files that the run does not see have in them today.
    """

    label: str
    old: Mapping[Path, bytes]
    new: frozenset[Path] = frozenset()
    elsewhere: tuple[str, ...] = ()


def find(paths: Sequence[Path], folder: Path, config: Config, revision: str | None) -> Revision:
    """What git says the files of a run were.

    Args:
        paths: files and folders of the run.
        folder: a folder of the work tree.
        config: what the run leaves out.
        revision: what to compare with; by default where this branched off the default branch.

    Raises:
        NotARepository: ``folder`` is in no work tree.
        GitError: git cannot tell.
    """
    repository = Repository(folder)
    base = repository.base(revision)
    view = _View(paths, config)
    seen: dict[Path, Changed] = {}
    elsewhere = []
    for changed in repository.changed(base):
        path = view.path_of(changed.path)
        if path is not None:
            seen[path] = changed
        elif not changed.is_gone:
            elsewhere.append(changed.path)
    old = [(path, changed.blob) for path, changed in seen.items() if changed.blob]
    blobs = repository.blobs([blob for _, blob in old]) if old else []
    return Revision(
        base.label,
        {path: raw for (path, _), raw in zip(old, blobs, strict=True)},
        frozenset(path for path, changed in seen.items() if not changed.blob),
        tuple(_texts(elsewhere)) if old else (),
    )


class _View:
    """Which files a run sees, and what it calls them."""

    def __init__(self, paths: Sequence[Path], config: Config) -> None:
        self._paths = [(p, Path(os.path.realpath(p)), p.is_dir()) for p in paths]
        self._excluded = files.excluder(config.exclude, config.root)

    def path_of(self, real: Path) -> Path | None:
        for path, start, is_folder in self._paths:
            if real == start:
                return path
            if is_folder and start in real.parents:
                below = path / real.relative_to(start)
                if not self._is_left_out(path, below):
                    return below
        return None

    def _is_left_out(self, start: Path, path: Path) -> bool:
        parts = path.relative_to(start).parts[:-1]
        if any(p in files.SKIPPED_FOLDERS or p.startswith(".") for p in parts):
            return True
        between = [f for f in path.parents if f != start and start in f.parents]
        return any(map(self._excluded, (path, *between)))


def _texts(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        try:
            raw, text = files.read(path)
        except syntax.CannotCheck:
            continue  # no file of this run, and nothing is registered by one that does not run
        if files.speaks(raw):
            yield text


def project_at(
    revision: Revision, modules: Sequence[Module], index: Index, decorators: Sequence[str] = ()
) -> Project:
    """The project as it was: the files that did not change are those of today.

    Args:
        revision: what changed.
        modules: those of today that speak of Celery.
        index: of all files of today.
        decorators: as for a project.
    """
    old = {path.absolute(): (path, raw) for path, raw in revision.old.items()}
    new = {path.absolute() for path in revision.new}
    was_there = files.ModuleNames(lambda p: p in old or (p not in new and disk.is_file(p)))
    names = {path: name for path, name in index.names.items() if path not in new}
    # The name of a file that is still there is today's: a folder that became a package
    # is no other module to those who import it.
    names.update({path: was_there.of(path) for path in old if path not in names})

    # Some files speak of Celery only by the project's own decorators.
    today = {m.path.absolute() for m in modules}
    speaking = {path for path, (_, raw) in old.items() if path in today or files.speaks(raw)}

    def load(path: Path) -> Module | None:
        if path not in old:
            return index.at(path)
        shown, raw = old[path]
        return _parsed(shown, names[path], raw, whole=path in speaking)

    kept = {path: m for m in modules if (path := m.path.absolute()) not in old and path not in new}
    parsed = {
        path: module
        for path, (_, raw) in old.items()
        if path in speaking and (module := load(path)) is not None
    }
    every = {**kept, **parsed}

    def imports(path: Path) -> set[bytes]:
        return files.imports(old[path][1]) if path in old else index.imports(path)

    def raw(path: Path) -> bytes:
        return old[path][1] if path in old else index.raw(path)

    then = Index(names, every, load, load, imports, index.beside, raw)
    return Project(list(every.values()), then, decorators)


def _parsed(path: Path, name: tuple[str, ...], raw: bytes, *, whole: bool) -> Module | None:
    """An old file; None for one that did not parse then: no worker ran its tasks."""
    try:
        text = files.decode(raw)
        tree = syntax.parse(text)
        make = collect if whole else collect_names
        return make(path, name, text, tree)
    except (syntax.CannotCheck, RecursionError):
        return None
