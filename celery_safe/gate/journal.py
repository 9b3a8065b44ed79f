"""What has begun here and not ended, in a file that outlives this process.

The store learns of a start some milliseconds later (``gate/starts.py``). A main process that is
killed by a task in between has its start in this file, which costs a microsecond to write, and
whichever worker of this host meets the message next hands it to the store.

The file holds task ids and names, no arguments. It is locked by its process, so that a lock that can
be had means that the process is dead. POSIX record locks: pool processes do not inherit them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from celery.utils.log import get_logger

if sys.platform != "win32":
    import fcntl

logger = get_logger(__name__)

#: Bytes of one start: id and name, a line each.
SLOT = 1024
_SUFFIX = ".starts"
#: The files of this process: closing one a second time would give up its lock.
_ours: set[Path] = set()
_adopting = threading.Lock()


def default_folder() -> Path:
    """In the folder for temporary files; one for each user, as others could not write to it."""
    user = "user" if sys.platform == "win32" else os.getuid()
    return Path(tempfile.gettempdir()) / f"celery-safe-{user}"


def opened(folder: str | None, group: str, worker: str) -> Journal | None:
    """The journal of a worker; None, and a warning, where there can be none.

    ``group`` keeps the workers of other apps apart: their starts belong into their own store.
    """
    if sys.platform == "win32":
        return None
    place = (Path(folder) if folder else default_folder()) / group
    try:
        return Journal(place, worker)
    except OSError as error:
        logger.warning(
            "No journal of starts can be kept in %s (%s), so each start waits for the store. "
            "Name a folder that can be written to: safe_journal_folder",
            place, error,
        )  # fmt: skip
        return None


class Journal:
    """The starts of one worker.

    Raises:
        OSError: if the folder cannot be written to.
    """

    def __init__(self, folder: Path, worker: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / f"{worker}{_SUFFIX}"
        self._free: list[int] = []
        self._slots = 0
        new = folder / f"{worker}.new"
        self._file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        _ours.add(self.path)
        _lock(self._file)
        new.rename(self.path)  # by its final name it is never without its lock

    def begin(self, id: str, name: str) -> int | None:
        """Write a start down; its slot, or None if it does not fit or the disk is full."""
        line = f"{id}\n{name}\n".encode()
        if len(line) > SLOT:
            return None
        slot = self._free.pop() if self._free else self._slots
        try:
            written = os.pwrite(self._file, line.ljust(SLOT, b"\0"), slot * SLOT)
        except OSError as error:
            logger.warning("The journal of starts %s: %s", self.path, error)
            written = 0
        if slot == self._slots:
            self._slots += 1
        if written < SLOT:
            self._free.append(slot)
            return None
        return slot

    def end(self, slot: int) -> None:
        """Strike a start out."""
        os.pwrite(self._file, b"\0", slot * SLOT)
        self._free.append(slot)

    def close(self) -> None:
        """Let it go; without unfinished starts it is deleted."""
        if len(self._free) == self._slots:
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        _ours.discard(self.path)

    def adopt(self, tell: Callable[[str, str, str], object]) -> bool:
        """Hand the unfinished starts of dead workers on, as ``tell(worker, id, name)``.

        Returns:
            False when another worker is at it, and has not finished.
        """
        with _only_one(self.folder) as mine:
            if not mine:
                return False
            for path in self.folder.glob(f"*{_SUFFIX}"):
                if path not in _ours:
                    _hand_on(path, tell)
        return True


def _hand_on(path: Path, tell: Callable[[str, str, str], object]) -> None:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # its worker has ended meanwhile
    try:
        if not _lock(file):
            return
        for id, name in _starts(file):
            tell(path.name.removesuffix(_SUFFIX), id, name)
        path.unlink(missing_ok=True)
    finally:
        os.close(file)


def _starts(file: int) -> Iterator[tuple[str, str]]:
    for at in range(0, os.fstat(file).st_size, SLOT):
        slot = os.pread(file, SLOT, at)
        if slot[:1] not in (b"\0", b""):
            id, name, _ = slot.decode(errors="replace").split("\n", 2)
            yield id, name


def _lock(file: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextmanager
def _only_one(folder: Path) -> Iterator[bool]:
    """Whether nobody else of this host adopts now."""
    if not _adopting.acquire(blocking=False):
        yield False
        return
    try:
        file = os.open(folder / "adopting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _lock(file)
        finally:
            os.close(file)
    finally:
        _adopting.release()
