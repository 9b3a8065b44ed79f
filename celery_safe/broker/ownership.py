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
        self._fd = os.open(f"{database}-owners", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def hold(self, process: int) -> None:
        """Lock the byte of this process until it dies."""
        fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)

    def is_dead(self, process: int) -> bool:
        """Whether nobody holds the byte of another process. Never ask about yourself."""
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, process)
        except (BlockingIOError, PermissionError):
            return False
        fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, process)
        return True
