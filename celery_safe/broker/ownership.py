"""Which processes are alive, by POSIX record locks that the kernel drops when one dies.

Each process locks one byte of ``<database>-owners``, at the offset of its process id in the
database. A stopped process (SIGSTOP) keeps its lock; a forked child does not inherit it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Owners:
    """The lock file, as opened by this process; closed only after a fork, for any close drops every lock."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = Path(f"{database}-owners")
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        of_database, here = self._database.stat(), os.fstat(self._fd)
        # Whoever may use the database may lock, as with the files that SQLite makes beside it:
        # workers of one group share them, and what root has made stays usable for the others.
        owner = (of_database.st_uid, of_database.st_gid)
        if os.geteuid() == 0 and (here.st_uid, here.st_gid) != owner:
            os.fchown(self._fd, *owner)
        if os.geteuid() in (0, here.st_uid):
            os.fchmod(self._fd, of_database.st_mode & 0o777)

    @property
    def file(self) -> int:
        """The inode of the lock file in which this process holds its lock."""
        return os.fstat(self._fd).st_ino

    def hold(self, process: int) -> None:
        """Lock the byte of this process until it dies."""
        fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)

    def hold_on(self, process: int) -> bool:
        """Lock again if somebody has removed the file; whether that was needed."""
        try:
            if os.path.samestat(self._path.stat(), os.fstat(self._fd)):
                return False
        except FileNotFoundError:
            pass
        self._open()
        self.hold(process)
        return True

    def is_dead(self, process: int, pid: int, file: int) -> bool:
        """Whether nobody holds the byte of another process. Never ask about yourself.

        Args:
            process: its id in the database.
            pid: its id in the operating system, asked only if it locked another lock file: then
                that one was removed, and it has not yet noticed.
            file: the inode of the file that it locked.
        """
        if file != self.file and _runs(pid):
            return False
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)
        except (BlockingIOError, PermissionError):
            return False
        fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, process)
        return True

    def forget(self) -> None:
        """Close what a forked child has inherited; the lock is its parent's."""
        os.close(self._fd)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
