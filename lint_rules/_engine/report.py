"""The result of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lint_rules._engine.facts import Finding, Unchecked

if TYPE_CHECKING:
    from lint_rules._engine.rules import Rule


@dataclass(frozen=True)
class Result:
    """All that one run found, and what it could not check; ``files`` counts the checked ones.

    ``lines`` are those of the files with findings, ``rules`` the rules that ran.
    """

    findings: Sequence[Finding]
    unchecked: Sequence[Unchecked]
    files: int
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 if something could not be checked, else 1 with findings, else 0."""
        return 2 if self.unchecked else 1 if self.findings else 0
