"""What a run asks the disk; a trace keeps the answers, so that a cache can ask again.

Everything that findings depend on is asked here: what is asked elsewhere, the cache would not know.
"""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Trace:
    """The answers of one run, by path as it was asked for."""

    #: Hashes of what was read, or why it could not be.
    reads: dict[str, str] = field(default_factory=dict)
    files: dict[str, bool] = field(default_factory=dict)
    folders: dict[str, bool] = field(default_factory=dict)
    #: Whether there is anything by a name.
    names: dict[str, bool] = field(default_factory=dict)
    #: What a pattern finds, by ``folder/pattern``.
    globs: dict[str, str] = field(default_factory=dict)
    #: Whether each question had the same answer each time.
    is_steady: bool = True

    def note(self, answers: dict[str, str] | dict[str, bool], path: Path, answer: object) -> None:
        """Keep one answer."""
        kept: dict[str, object] = answers  # type: ignore[assignment] # written by its own kind only
        if kept.setdefault(str(path), answer) != answer:
            self.is_steady = False


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def traced() -> Iterator[Trace]:
    """Keep the answers that are given inside."""
    trace = Trace()
    token = _trace.set(trace)
    try:
        yield trace
    finally:
        _trace.reset(token)


def read_bytes(path: Path) -> bytes:
    """What is in a file.

    Raises:
        OSError: it cannot be read.
    """
    trace = _trace.get()
    try:
        raw = _content(path)
    except OSError as error:
        if trace is not None:
            trace.note(trace.reads, path, refusal(error))
        raise
    if trace is not None:
        trace.note(trace.reads, path, fingerprint(raw))
    return raw


def _content(path: Path) -> bytes:
    # Reading a pipe would wait for somebody who writes into it.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    return path.read_bytes()


def is_file(path: Path) -> bool:
    """Whether there is such a file."""
    answer = path.is_file()
    trace = _trace.get()
    if trace is not None:
        trace.note(trace.files, path, answer)
    return answer


def is_dir(path: Path) -> bool:
    """Whether there is such a folder."""
    answer = path.is_dir()
    trace = _trace.get()
    if trace is not None:
        trace.note(trace.folders, path, answer)
    return answer


def exists(path: Path) -> bool:
    """Whether there is anything by this name."""
    answer = path.exists()
    trace = _trace.get()
    if trace is not None:
        trace.note(trace.names, path, answer)
    return answer


def glob(folder: Path, pattern: str) -> list[Path]:
    """The files and folders whose names fit ``pattern``, sorted.

    Only behind its last slash, the pattern may have wildcards.
    """
    inside, _, pattern = pattern.rpartition("/")
    folder = folder / inside
    found = matches(folder, pattern)
    trace = _trace.get()
    if trace is not None:
        trace.note(trace.globs, folder / pattern, "/".join(found))
    return [folder / name for name in found]


def matches(folder: Path, pattern: str) -> list[str]:
    """Their names; none where the folder cannot be listed."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(name for name in names if fnmatch.fnmatchcase(name, pattern))


def fingerprint(raw: bytes) -> str:
    """A hash of what is in a file."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def refusal(error: OSError) -> str:
    """Why a file cannot be read."""
    return f"error {error.errno}"
