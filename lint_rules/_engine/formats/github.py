"""Workflow commands: GitHub Actions shows them beside the lines of a pull request."""

from __future__ import annotations

import os
from pathlib import Path

from lint_rules._engine.fingerprint import relative
from lint_rules._engine.formats import Style, printable
from lint_rules._engine.report import Result


def github(result: Result, _: Style) -> str:
    """One command for each finding, and for each file that could not be checked."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    lines = []
    for f in result.findings:
        where = f"file={_property(relative(f.path, root))},line={f.line},col={f.column}"
        # GitHub refuses a column range that goes over several lines.
        end = f"endLine={f.end_line}" + f",endColumn={f.end_column}" * (f.end_line == f.line)
        title = _property(f"celery-safe {f.code} {f.name}")
        shown = f"{f.path}:{f.line}:{f.column}: {f.code} {f.message}"
        lines.append(f"::error title={title},{where},{end}::{_data(shown)}")
    for u in result.unchecked:
        place = _property(relative(u.path, root))
        shown = _data(f"{u.path} {u.reason}")
        lines.append(f"::error title=celery-safe could not check,file={place}::{shown}")
    return "\n".join(lines)


def _data(value: str) -> str:
    return printable(value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
