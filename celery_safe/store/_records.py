"""Small facts beside the shelf that all workers share: who lives, what runs where, losses, switches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class Record:
    """A fact. ``written_at`` is seconds since 1970 by the store's clock."""

    key: str
    value: Mapping[str, Any]
    written_at: float


@runtime_checkable
class Records(Protocol):
    """What every store keeps beside its messages, held by the same contract suite.

    A topic is a word of ours (``worker``), a key up to 512 characters, a value what JSON can carry.
    Every method raises what its database raises when it cannot be asked.
    """

    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """Write or overwrite; it is gone after ``ttl`` seconds."""
        ...

    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """Write if there is none; False if there is. Of several at once, one gets True."""
        ...

    def read(self, topic: str, prefix: str = "", limit: int = 1000) -> list[Record]:
        """What is there, in order of the keys."""
        ...

    def erase(self, topic: str, keys: Collection[str]) -> None:
        """Delete; a key that is not there is no error."""
        ...

    def sweep(self) -> None:
        """Free the room of what has expired."""
        ...


class MemoryRecords:
    """In this process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: dict[tuple[str, str], tuple[Record, float | None]] = {}
        self._lock = threading.RLock()

    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """See :meth:`Records.write`."""
        now = self._clock()
        with self._lock:
            end = None if ttl is None else now + ttl
            self._found[topic, key] = (Record(key, dict(value), now), end)

    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """See :meth:`Records.reserve`."""
        with self._lock:
            if any(r.key == key for r in self.read(topic, key)):
                return False
            self.write(topic, key, value, ttl)
            return True

    def read(self, topic: str, prefix: str = "", limit: int = 1000) -> list[Record]:
        """See :meth:`Records.read`."""
        now = self._clock()
        with self._lock:
            found = [
                record
                for (t, key), (record, end) in sorted(self._found.items())
                if t == topic and key.startswith(prefix) and (end is None or end > now)
            ]
        return found[:limit]

    def erase(self, topic: str, keys: Collection[str]) -> None:
        """See :meth:`Records.erase`."""
        with self._lock:
            for key in keys:
                self._found.pop((topic, key), None)

    def sweep(self) -> None:
        """See :meth:`Records.sweep`."""
        now = self._clock()
        with self._lock:
            self._found = {k: v for k, v in self._found.items() if v[1] is None or v[1] > now}
