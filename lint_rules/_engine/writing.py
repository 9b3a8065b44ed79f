"""Writes fixed files: as they were in all but what is fixed, and whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from lint_rules._engine import files, syntax
from lint_rules._engine.fix import Fixed


class NotWritten(Exception):
    """A file is as it was; the message says why."""


def write(fixed: Fixed) -> None:
    """Replace the file in one step, with its encoding, byte order mark, line ends, mode and owner.

    Of a link, what it leads to is replaced.

    Raises:
        NotWritten: it has changed since it was read, or it cannot be written.
    """
    try:
        raw, text = files.read(fixed.path)
        if text != fixed.before:
            raise NotWritten("it has changed meanwhile; run again")
        replace(fixed.path.resolve(), encoded(fixed.after, raw))
    except syntax.CannotCheck as error:
        raise NotWritten(f"it {error}") from error
    except OSError as error:
        raise NotWritten(f"it cannot be written: {error.strerror}") from error


def encoded(text: str, raw: bytes) -> bytes:
    """``text`` in the encoding of ``raw``, with its byte order mark.

    Raises:
        NotWritten: it has no bytes for some of the text.
    """
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    try:
        return mark + text.encode(files.encoding(raw))
    except UnicodeEncodeError as error:
        piece = error.object[error.start : error.end]
        raise NotWritten(f"its encoding {error.encoding} has no {piece!r}") from error


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` into a file in one step; it keeps its mode and its owner.

    Raises:
        OSError: it may not be written, or its folder not.
    """
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    status = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if hasattr(os, "chown"):
            with contextlib.suppress(PermissionError):  # only root may give a file away
                os.chown(name, status.st_uid, status.st_gid)
        Path(name).chmod(status.st_mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
