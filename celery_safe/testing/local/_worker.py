"""A Celery worker as a local process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from celery_safe.testing.local._server import Server

#: What reaches the whole of a container; any other signal is the main process's to handle.
_FOR_ALL = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT)


class Worker(Server):
    """A worker of an app of yours, in a folder of its own.

    Args:
        folder: for its log.
        command: as on the command line, ``["celery", "-A", "shop", "worker"]``; ``%h`` is the
            host's name, and here a number.
        env: variables besides those of the test. What the test can import, it can import.
        cwd: where it runs; ``folder`` by default.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        super().__init__(folder)
        self.name = f"{self.port:012d}"
        program, *arguments = [word.replace("%h", self.name) for word in command]
        start = [sys.executable, "-m"] if program == "celery" else []
        self._command, self._started_at = [*start, program, *arguments], 0
        self._cwd, given = cwd or self.folder, dict(env or {})
        paths = [str(self._cwd), given.get("PYTHONPATH", ""), *sys.path]
        self._env = {**given, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}

    def start(self) -> None:
        """See :meth:`Server.start`. It answers when it consumes."""
        self.launch()
        self.wait_until(self.is_ready)

    def launch(self) -> None:
        """Start it and do not wait."""
        self._started_at = self.log.stat().st_size if self.log.exists() else 0
        self.spawn(self._command, self._env, cwd=self._cwd)

    def is_ready(self) -> bool:
        """Whether it has said so since it was started."""
        return b" ready." in self.log.read_bytes()[self._started_at :]

    def signal(self, number: int) -> None:
        """SIGKILL, SIGSTOP and SIGCONT to all of it; any other to the main process alone, as Docker does."""
        if number in _FOR_ALL:
            super().signal(number)
        elif self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
