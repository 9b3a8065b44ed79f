"""``# celery-safe: ignore[CS101] reason`` on the line of a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lint_rules._engine.facts import Finding

_COMMENT = re.compile(r"#\s*celery-safe:\s*ignore\[([^\]]*)\]\s*(.*)$")


def apply(finding: Finding, lines: Sequence[str]) -> Finding | None:
    """The finding, or None if a comment with a reason on its first or last line takes it away."""
    for number in {finding.line, finding.end_line}:
        match = _COMMENT.search(lines[number - 1]) if number <= len(lines) else None
        if match is None or finding.code not in {c.strip() for c in match[1].split(",")}:
            continue
        if match[2].strip():
            return None
        return replace(
            finding,
            message=f"{finding.message} (the ignore comment on line {number} needs a reason after the bracket)",
        )
    return finding
