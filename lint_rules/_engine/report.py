"""The result of a run as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
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


def as_json(result: Result) -> str:
    """The report as one JSON object; positions count from 1."""
    keys = ("code", "name", "message", "path", "line", "column", "end_line", "end_column", "fix")
    document = {
        "findings": [{k: f.as_dict()[k] for k in keys} for f in result.findings],
        "unchecked": [asdict(u) for u in result.unchecked],
        "summary": {
            "files": result.files,
            "findings": len(result.findings),
            "unchecked": len(result.unchecked),
        },
    }
    return json.dumps(document, indent=2)


def as_text(result: Result) -> str:
    """One line for each finding, and a last line that counts."""
    lines = [f"{f.path}:{f.line}:{f.column}: {f.code} {f.message}" for f in result.findings]
    count = len(result.findings)
    lines.append(f"{count} finding{'' if count == 1 else 's'} in {result.files} checked files.")
    return "\n".join(lines)
