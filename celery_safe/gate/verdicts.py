"""What a guard may answer about a delivered message. No answer means: it is not my affair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from celery_safe.errors import CelerySafeError
from celery_safe.store import Kind


@dataclass(frozen=True)
class Wait:
    """Ask again in some seconds; until then the message stays unacknowledged with this worker."""

    seconds: float


@dataclass(frozen=True)
class Park:
    """Onto the shelf, then acknowledge.

    Of messages with the same ``once`` the shelf keeps the first; the others are acknowledged.
    """

    kind: Kind
    reason: str
    delay: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    once: str | None = None


@dataclass(frozen=True)
class Fail:
    """Store the failure, with errbacks and chord errors; as a dead letter too if ``is_dead``."""

    error: CelerySafeError
    is_dead: bool = True
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """Acknowledge; nothing runs and nothing is kept but its state, REVOKED, and a line of history."""

    reason: str
    is_expired: bool = False


@dataclass(frozen=True)
class Skip:
    """Acknowledge; the task has its own end and result, which stay as they are."""

    reason: str


Verdict = Wait | Park | Fail | Drop | Skip
