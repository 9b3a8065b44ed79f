"""Names a finding so that it is known again when lines above it come or go."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lint_rules._engine.report import Result


def fingerprints(result: Result, root: Path) -> list[str]:
    """One for each finding of ``result``, in order.

    It is made of the code, the path below ``root``, the source lines without their spaces, and the
    count of findings of the file that are alike so far.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in result.findings:
        lines = result.lines.get(finding.path, ())
        source = ["".join(line.split()) for line in lines[finding.line - 1 : finding.end_line]]
        parts = (finding.code, relative(finding.path, root), *source)
        key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:24]
        seen[key] += 1
        found.append(f"{key}-{seen[key]}")
    return found


def relative(path: str, root: Path) -> str:
    """The path from ``root``, with slashes on every system."""
    return Path(os.path.relpath(path, root)).as_posix()
