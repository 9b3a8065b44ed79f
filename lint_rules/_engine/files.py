"""From paths to parsed files; what cannot be read or parsed is said, never skipped."""

from __future__ import annotations

import fnmatch
import io
import os
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from lint_rules._engine import disk
from lint_rules._engine.syntax import CannotCheck

#: Folders that are never the project's own code; so are all whose name begins with a dot.
SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", "site-packages"}
)

#: A file without any of these says nothing about Celery; measured on five large projects.
_NEEDLES = (
    b"CELERY", b".delay", b".apply_async", b"crontab", b"sig()", b"signature()",
    # What waits for a commit is most often a send, by whatever function.
    b"on_commit",
)  # fmt: skip
#: More of them: what is rare is looked for first, since each look reads the whole file.
_NEEDLES_WITH = {
    b"elery": (b"celery", b"Celery"),
    b"_task": (b"shared_task", b"send_task", b"register_task", b"add_periodic_task"),
}
_TASK = re.compile(rb"\.task\b")

_OPENS = (b"atomic", b".begin(", b"m2m_changed")
_OPENS_WITH = {
    b"_save": (b"post_save", b"pre_save"),
    b"_delete": (b"post_delete", b"pre_delete"),
}
_LINE_END = re.compile(r"\r\n|\r|\n")
# The bounds of the word keep it from being tried again and again, a letter shorter each time.
_CALLED = re.compile(rb"\b[A-Za-z_]\w*\b(?=\(|[ \t]+as[ \t])")
# A line end to begin with is found twice as fast as the start of a line.
_IMPORT = re.compile(rb"\n[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)")


def speaks(raw: bytes) -> bool:
    """Whether a file may say something about Celery: ten times as fast as one regular expression."""
    return _has(raw, _NEEDLES, _NEEDLES_WITH) or (b".task" in raw and _TASK.search(raw) is not None)


def opens_transaction(raw: bytes) -> bool:
    """Whether a file may open a transaction, or have a function that runs inside one when rows change."""
    return _has(raw, _OPENS, _OPENS_WITH) or (b".commit(" in raw and b"contextmanager" in raw)


def _has(raw: bytes, some: tuple[bytes, ...], with_part: Mapping[bytes, tuple[bytes, ...]]) -> bool:
    for needle in some:
        if needle in raw:
            return True
    for part, needles in with_part.items():
        if part in raw and any(needle in raw for needle in needles):
            return True
    return False


def called(raw: bytes) -> set[str]:
    """The names of what a file calls, and more: whatever stands before a parenthesis or ``as``."""
    return {name.decode() for name in _CALLED.findall(raw)}


def imports(raw: bytes) -> set[bytes]:
    """The absolute names of modules that a file imports."""
    return set(_IMPORT.findall(b"\n" + raw))


def discover(
    paths: Iterable[Path], excluded: Callable[[Path], bool], report: Callable[[str, str], None]
) -> Iterator[Path]:
    """Yield the Python files below ``paths``, sorted; a folder that cannot be listed is reported.

    Links to files are files; links to folders are not followed, so none can be found twice.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        waiting = [path]
        while waiting:
            here = waiting.pop()
            try:
                with os.scandir(here) as listed:
                    entries = sorted((e.name, _is_folder(e), e.is_symlink()) for e in listed)
            except OSError as error:
                report(str(here), f"cannot be listed: {error.strerror}")
                continue
            folders = []
            for name, is_folder, is_link in entries:
                if not is_folder:
                    if name.endswith(".py") and not excluded(here / name):
                        yield here / name
                elif not (is_link or name in SKIPPED_FOLDERS or name.startswith(".")):
                    folders.append(here / name)
            waiting += [folder for folder in reversed(folders) if not excluded(folder)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link to itself: reading it says so


def excluder(patterns: Iterable[str], root: Path) -> Callable[[Path], bool]:
    """A test whether a path matches one of the glob ``patterns``, relative to ``root`` or by name."""
    globs = tuple(p.rstrip("/") for p in patterns)
    if not globs:
        return lambda _: False

    def excluded(path: Path) -> bool:
        relative = os.path.relpath(path, root)
        return any(fnmatch.fnmatch(relative, g) or fnmatch.fnmatch(path.name, g) for g in globs)

    return excluded


def read(path: Path) -> tuple[bytes, str]:
    """The bytes and, decoded as :pep:`263` says, the text of a file."""
    try:
        raw = disk.read_bytes(path)
    except OSError as error:
        raise CannotCheck(f"cannot be read: {error.strerror}") from error
    return raw, decode(raw)


def decode(raw: bytes) -> str:
    """The text of a file, as :pep:`263` says."""
    if b"\0" in raw:
        raise CannotCheck("contains a null byte, so Python cannot read it")
    name = "utf-8"
    try:
        name = encoding(raw)
        text = raw.decode(name)
    except SyntaxError as error:
        raise CannotCheck(f"has a wrong encoding: {error.msg}") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        declared = "declares no other" if name == "utf-8" else "declares that it is"
        raise CannotCheck(f"is not {name} at line {line}, and {declared}") from error
    except (LookupError, UnicodeError) as error:  # rot13 makes no text of bytes
        raise CannotCheck(f"has a wrong encoding: {name} is none for text") from error
    return text.removeprefix("\ufeff")


def lines(text: str) -> list[str]:
    """The lines of a file without their ends, as the parser counts them."""
    return _LINE_END.split(text)


def encoding(raw: bytes) -> str:
    """The encoding that a file declares, or UTF-8; without a byte order mark."""
    name, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return "utf-8" if name == "utf-8-sig" else name


#: What stands in the folder of a whole project: an ``__init__.py`` beside it makes no package.
_ROOT_FILES = (".git", "pyproject.toml", "setup.py", "manage.py")


class ModuleNames:
    """The dotted names of files, from the topmost folder of a package on.

    A folder without ``__init__.py`` inside of a package is a namespace package, and counts.
    """

    def __init__(self, is_file: Callable[[Path], bool] = disk.is_file) -> None:
        self._is_file = is_file
        self._folders: dict[Path, tuple[str, ...]] = {}
        self._files: dict[Path, tuple[str, ...]] = {}

    def of(self, path: Path) -> tuple[str, ...]:
        """The name of a file by its absolute path."""
        if path not in self._files:
            stem = () if path.name == "__init__.py" else (path.stem,)
            self._files[path] = (*self._package(path.parent), *stem) or (path.parent.name,)
        return self._files[path]

    def _package(self, folder: Path) -> tuple[str, ...]:
        if folder not in self._folders:
            name: tuple[str, ...] = ()
            is_root = folder == folder.parent or any(disk.exists(folder / f) for f in _ROOT_FILES)
            if not is_root and folder.name.isidentifier():
                above = self._package(folder.parent)
                if above or self._is_file(folder / "__init__.py"):
                    name = (*above, folder.name)
            self._folders[folder] = name
        return self._folders[folder]
