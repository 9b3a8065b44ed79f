"""The last known switches in a file of this host, for a worker that starts while the store is away."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from celery.utils.log import get_logger

from celery_safe.gate import journal, switches

logger = get_logger(__name__)


class Remembered:
    """Beside the journal of starts, one file for all workers of an app on this host."""

    def __init__(self, gate: Any) -> None:
        folder = gate.conf("safe_journal_folder")
        self._path = (
            Path(folder) if folder else journal.default_folder()
        ) / f"{gate.group()}.switches"
        self._written: str | None = None

    def write(self, known: list[switches.Switch]) -> None:
        """Write them down if they have changed; a disk that cannot take it is one warning."""
        text = json.dumps([asdict(switch) for switch in known])
        if text == self._written:
            return
        self._written = text
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            logger.warning("The switches cannot be written down in %s: %s", self._path, error)

    def read(self) -> list[switches.Switch]:
        """Those that any worker of this host has known last, and whose time is not up."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            logger.warning("No switches are known here while the store is away")
            return []
        except (OSError, ValueError) as error:
            logger.warning("The last known switches cannot be read from %s: %s", self._path, error)
            return []
        known = switches.in_force([switches.Switch(**switch) for switch in found])
        logger.warning("The store is away; %d switches are in force as last known here", len(known))
        return known
