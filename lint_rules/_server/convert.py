"""From the checker's places, which count characters from 1, to those of the editor."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from lsprotocol import types
from pygls.workspace import PositionCodec

from lint_rules._engine.facts import Finding, Unchecked

SOURCE = "celery-safe"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_AT_LINE = re.compile(r"at line (\d+)")


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as the protocol counts them: not at form feeds and the like."""
    return _LINE.findall(text)


def range_of(finding: Finding, lines: Sequence[str], codec: PositionCodec) -> types.Range:
    """Where a finding stands."""

    def position(line: int, column: int) -> types.Position:
        return codec.position_to_client_units(lines, types.Position(line - 1, column - 1))

    return types.Range(
        position(finding.line, finding.column), position(finding.end_line, finding.end_column)
    )


def diagnostic(finding: Finding, lines: Sequence[str], codec: PositionCodec) -> types.Diagnostic:
    """A finding as the editor shows it."""
    return types.Diagnostic(
        range=range_of(finding, lines, codec),
        message=finding.message,
        severity=types.DiagnosticSeverity.Warning,
        code=finding.code,
        source=SOURCE,
    )


def unchecked(one: Unchecked) -> types.Diagnostic:
    """A file that could not be checked, as the editor shows it."""
    at = _AT_LINE.search(one.reason)
    line = int(at[1]) - 1 if at else 0
    return types.Diagnostic(
        range=types.Range(types.Position(line, 0), types.Position(line + 1, 0)),
        message=f"not checked: the file {one.reason}",
        severity=types.DiagnosticSeverity.Error,
        source=SOURCE,
    )


def edits(before: str, after: str) -> list[types.TextEdit]:
    """What makes ``after`` of ``before``, by whole lines."""
    old, new = lines_of(before), lines_of(after)
    return [
        types.TextEdit(
            types.Range(types.Position(start, 0), types.Position(end, 0)), "".join(new[first:last])
        )
        for kind, start, end, first, last in difflib.SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes()
        if kind != "equal"
    ]
