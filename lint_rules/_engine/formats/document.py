"""The result as one JSON object; lines and columns count from 1."""

from __future__ import annotations

import json as jsonlib
from collections import Counter
from dataclasses import asdict

from lint_rules._engine.formats import Style
from lint_rules._engine.report import Result

_KEYS = ("code", "name", "message", "path", "line", "column", "end_line", "end_column", "fix")


def json(result: Result, style: Style) -> str:
    """The report, or with ``style.statistics`` a list of counts."""
    if style.statistics:
        return jsonlib.dumps(
            [{"code": c, "name": n, "count": k} for (c, n), k in counts(result)], indent=2
        )
    document = {
        "findings": [{k: f.as_dict()[k] for k in _KEYS} for f in result.findings],
        "unchecked": [asdict(u) for u in result.unchecked],
        "summary": {
            "files": result.files,
            "findings": len(result.findings),
            "unchecked": len(result.unchecked),
        },
    }
    return jsonlib.dumps(document, indent=2)


def counts(result: Result) -> list[tuple[tuple[str, str], int]]:
    """Findings by code and name, the most frequent first."""
    counted = Counter((f.code, f.name) for f in result.findings)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
