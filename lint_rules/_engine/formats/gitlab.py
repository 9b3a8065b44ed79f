"""GitLab's Code Quality report: a list of issues in the form that Code Climate gave it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from lint_rules._engine.fingerprint import fingerprints, relative
from lint_rules._engine.formats import Style, printable
from lint_rules._engine.report import Result


def gitlab(result: Result, _: Style) -> str:
    """One issue for each finding, and a blocking one for each file that could not be checked."""
    root = Path(os.environ.get("CI_PROJECT_DIR") or Path.cwd())
    issues = [
        {
            "description": f"{f.code} {f.message}",
            "check_name": f.code,
            "fingerprint": mark,
            "severity": "major",
            "location": {
                "path": printable(relative(f.path, root)),
                "positions": {
                    "begin": {"line": f.line, "column": f.column},
                    "end": {"line": f.end_line, "column": f.end_column},
                },
            },
        }
        for f, mark in zip(result.findings, fingerprints(result, root), strict=True)
    ]
    issues += [
        {
            "description": f"could not be checked: {u.reason}",
            "check_name": "unchecked",
            "fingerprint": hashlib.sha256(
                relative(u.path, root).encode("utf-8", "surrogateescape")
            ).hexdigest()[:24],
            "severity": "blocker",
            "location": {"path": printable(relative(u.path, root)), "lines": {"begin": 1}},
        }
        for u in result.unchecked
    ]
    return json.dumps(issues, indent=2)
