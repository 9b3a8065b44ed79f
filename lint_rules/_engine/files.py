"""From paths to parsed files; what cannot be read or parsed is said, never skipped."""

from __future__ import annotations

import ast
import fnmatch
import io
import os
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import libcst as cst

#: Folders that are never the project's own code; so are all whose name begins with a dot.
SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", "site-packages"}
)

#: A file without any of these says nothing about Celery; measured on five large projects.
SIEVE = re.compile(
    rb"celery|CELERY|Celery|shared_task|\.delay|\.apply_async|send_task|crontab|\.task\b"
)

#: Deeper trees overflow the native stack of libcst's parser, which would end the process.
MAX_DEPTH = 400
MAX_BRACKETS = 200


class CannotCheck(Exception):
    """The file cannot be checked; the message is the reason."""


def discover(
    paths: Iterable[Path], excluded: Callable[[Path], bool], report: Callable[[str, str], None]
) -> Iterator[Path]:
    """Yield the Python files below ``paths``, sorted; a folder that cannot be listed is reported."""

    def on_error(error: OSError) -> None:
        report(str(error.filename), f"cannot be listed: {error.strerror}")

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path, onerror=on_error):
            here = Path(folder)
            folders[:] = sorted(
                f
                for f in folders
                if f not in SKIPPED_FOLDERS and not f.startswith(".") and not excluded(here / f)
            )
            for name in sorted(names):
                if name.endswith(".py") and not excluded(here / name):
                    yield here / name


def excluder(patterns: Iterable[str], root: Path) -> Callable[[Path], bool]:
    """A test whether a path matches one of the glob ``patterns``, relative to ``root`` or by name."""
    globs = tuple(p.rstrip("/") for p in patterns)

    def excluded(path: Path) -> bool:
        relative = os.path.relpath(path, root)
        return any(fnmatch.fnmatch(relative, g) or fnmatch.fnmatch(path.name, g) for g in globs)

    return excluded


def read(path: Path) -> tuple[bytes, str]:
    """The bytes and, decoded as :pep:`263` says, the text of a file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CannotCheck(f"cannot be read: {error.strerror}") from error
    if b"\0" in raw:
        raise CannotCheck("contains a null byte, so Python cannot read it")
    try:
        name = encoding(raw)
        text = raw.decode(name)
    except SyntaxError as error:
        raise CannotCheck(f"has a wrong encoding: {error.msg}") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CannotCheck(
            f"is not {error.encoding} at line {line}, and declares no other"
        ) from error
    return raw, text.removeprefix("\ufeff")


def encoding(raw: bytes) -> str:
    """The encoding that a file declares, or UTF-8; without a byte order mark."""
    name, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return "utf-8" if name == "utf-8-sig" else name


def parse(raw: bytes, text: str) -> cst.Module | ast.Module | None:
    """Parse a file that may speak of Celery with libcst, any other quickly with ast.

    None is a file that says nothing about Celery and has syntax newer than this interpreter.
    """
    relevant = SIEVE.search(raw) is not None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw)
    except (RecursionError, MemoryError) as error:
        raise CannotCheck("is nested too deeply to be parsed") from error
    except (SyntaxError, ValueError) as error:
        # It may be syntax newer than the running interpreter, which libcst knows.
        if _brackets(text) > MAX_BRACKETS:
            raise CannotCheck("is nested too deeply to be parsed") from error
        module = _parse_cst(text)
        return module if relevant else None
    if not relevant:
        return tree
    if _is_deep(tree):
        raise CannotCheck(f"is nested more than {MAX_DEPTH} levels deep")
    return _parse_cst(text)


def _parse_cst(text: str) -> cst.Module:
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise CannotCheck(
            f"syntax error at line {error.editor_line}, column {error.editor_column}"
        ) from error
    except RecursionError as error:
        raise CannotCheck("is nested too deeply to be parsed") from error


def _brackets(text: str) -> int:
    """An upper bound of the bracket depth; strings and comments count too."""
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth = max(0, depth - 1)
    return deepest


def _is_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def module_name(path: Path) -> tuple[str, ...]:
    """The dotted name of a file, up to the first folder without ``__init__.py``."""
    path = path.absolute()
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    return tuple(parts) or (path.parent.name,)
