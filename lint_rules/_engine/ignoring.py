"""Writes ``# celery-safe: ignore[CODE] reason`` where the findings are, for ``--add-ignore``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lint_rules._engine import suppress
from lint_rules._engine.facts import Edit, Finding, Fix
from lint_rules._engine.report import Result

#: The applicability of these edits: no ``--fix`` makes them.
KIND = "ignore"
_OPENS = frozenset({"FSTRING_START", "TSTRING_START"})
_CLOSES = frozenset({"FSTRING_END", "TSTRING_END"})


@dataclass(frozen=True)
class Commented:
    """All findings, most with a comment as their fix; ``left`` are the paths of others, and why."""

    findings: list[Finding]
    left: list[tuple[str, str]]


def with_comments(result: Result, reason: str) -> Commented:
    """The findings of ``result``, each with the comment that takes it away as its fix.

    Raises:
        ValueError: ``reason`` is empty, or would not stay in the comment.
    """
    reason = reason.strip()
    if not reason or re.search(r"[\r\n#]", reason):
        raise ValueError("a reason for --add-ignore is one line of text without #")
    left: list[tuple[str, str]] = []
    free: dict[str, set[int]] = {}
    codes: dict[tuple[str, int], set[str]] = {}
    lines_of: dict[int, int] = {}
    for number, finding in enumerate(result.findings):
        if finding.code == suppress.CODE:
            left.append((finding.path, f"{finding.code} at line {finding.line}: use --fix instead"))
            continue
        if finding.path not in free:
            free[finding.path] = open_lines(result.lines[finding.path])
        fits = [n for n in (finding.line, finding.end_line) if n in free[finding.path]]
        if not fits:
            left.append((finding.path, f"no comment can stand at line {finding.line}"))
            continue
        lines_of[number] = fits[0]
        codes.setdefault((finding.path, fits[0]), set()).add(finding.code)
    findings = list(result.findings)
    for number, line in lines_of.items():
        path = findings[number].path
        text = result.lines[path][line - 1]
        comment = f"  # celery-safe: ignore[{', '.join(sorted(codes[path, line]))}] {reason}"
        edit = Edit(line, len(text.rstrip()) + 1, line, len(text) + 1, comment)
        findings[number] = replace(findings[number], fix=Fix(KIND, "", (edit,)))
    return Commented(findings, left)


def open_lines(lines: Sequence[str]) -> set[int]:
    """The lines at whose end a comment may stand: not inside a string, and not continued."""
    closed: set[int] = set()
    began: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines), newline="").readline):
            kind = tokenize.tok_name[token.type]
            if kind == "STRING":
                closed.update(range(token.start[0], token.end[0]))
            elif kind in _OPENS:
                began.append(token.start[0])
            elif kind in _CLOSES:
                closed.update(range(began.pop(), token.end[0]))
    except (tokenize.TokenError, SyntaxError):
        return set()  # Syntax newer than this Python: where strings end is not known.
    return {
        n for n, line in enumerate(lines, 1) if n not in closed and not line.endswith("\\")
    }  # fmt: skip
