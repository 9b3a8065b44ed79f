"""What a rule finds, and what mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Edit:
    """Replaces a piece of a file; positions as in :class:`Finding`."""

    line: int
    column: int
    end_line: int
    end_column: int
    content: str


@dataclass(frozen=True)
class Fix:
    """What mends a finding; ``applicability`` is ``safe`` if nothing else changes, or ``unsafe``."""

    applicability: str
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, order=True)
class Finding:
    """One mistake at one place; lines and columns count from 1, the end column is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    name: str
    message: str
    fix: Fix | None = field(default=None, compare=False)

    def as_dict(self) -> dict[str, object]:
        """The finding as the JSON report writes it."""
        return asdict(self)


@dataclass(frozen=True, order=True)
class Unchecked:
    """A file or folder that could not be checked, and why."""

    path: str
    reason: str
