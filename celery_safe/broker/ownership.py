"""Which processes are alive, by POSIX record locks that the kernel drops when one dies.

Each process locks one byte of ``<database>-owners``, at the offset of its process id in the
database. A stopped process (SIGSTOP) keeps its lock.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Owners:
    """The lock file, as opened by this process; never closed, for any close drops every lock."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = Path(f"{database}-owners")
        self._mine: int | None = None
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._fd).st_uid == os.geteuid():
            # Whoever may use the database may lock: workers of one group share both.
            os.fchmod(self._fd, self._database.stat().st_mode & 0o777)

    def hold(self, process: int) -> None:
        """Lock the byte of this process until it dies."""
        fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)
        self._mine = process

    def hold_on(self) -> None:
        """Lock again if somebody has removed the file: others would take us for dead."""
        if is_same_file(self._path, self._fd):
            return
        self._open()
        if self._mine is not None:
            self.hold(self._mine)

    def is_dead(self, process: int) -> bool:
        """Whether nobody holds the byte of another process. Never ask about yourself."""
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)
        except (BlockingIOError, PermissionError):
            return False
        fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, process)
        return True


def is_same_file(path: Path, opened: int) -> bool:
    """Whether ``path`` still names the file behind the descriptor ``opened``."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(opened)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
