"""What a rule finds, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
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

    def is_well_formed(self) -> bool:
        """Whether all of it is of its type, and its place is one: anybody's rule may have made it."""
        start, end = (self.line, self.column), (self.end_line, self.end_column)
        return (
            all(isinstance(text, str) for text in (self.path, self.name, self.message))
            and "\n" not in self.message
            and all(type(number) is int for number in (*start, *end))
            and (1, 1) <= start <= end
            and (self.fix is None or isinstance(self.fix, Fix))
        )

    def is_inside(self, lines: Sequence[str]) -> bool:
        """Whether its place, and those of its edits, are in a file with these lines."""
        edits = self.fix.edits if self.fix else ()
        return self.end_line <= len(lines) and all(e.end_line <= len(lines) + 1 for e in edits)

    def as_dict(self) -> dict[str, object]:
        """The finding as the JSON report writes it."""
        return asdict(self)


@dataclass(frozen=True, order=True)
class Unchecked:
    """A file or folder that could not be checked, and why."""

    path: str
    reason: str
