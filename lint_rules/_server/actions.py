"""What the light bulb offers: a fix, or a comment that ignores a finding. Knows nothing of LSP."""

from __future__ import annotations

from pathlib import Path

from lint_rules._engine import fix, suppress, syntax
from lint_rules._engine.facts import Edit, Finding
from lint_rules._engine.module import Module


def fixed(text: str, finding: Finding) -> str | None:
    """The text with the fix of a finding; None if nothing changes or it would not parse."""
    after, _ = fix.apply_whole(text, [finding])
    return after if after != text and _parses(after) else None


def ignored(text: str, finding: Finding) -> str | None:
    """The text with a comment that ignores a finding; its reason is left to be written.

    None where no comment can stand (in a string, before a line that continues this one), or where
    one stands already.
    """
    if any(finding.code in i.codes for i in _on(text, finding.line, finding.end_line)):
        return None
    for line in (finding.line, finding.end_line):
        after = fix.apply(text, [_comment(text, finding.code, line)])
        if _parses(after) and any(finding.code in i.codes for i in _on(after, line)):
            return after
    return None


def _comment(text: str, code: str, number: int) -> Edit:
    for ignore in _on(text, number):
        codes = ", ".join([*ignore.codes, code])
        content = f"# celery-safe: ignore[{codes}] {ignore.reason}"
        return Edit(number, ignore.column, number, ignore.end_column, content)
    line = _module(text).lines[number - 1]
    end = len(line.rstrip()) + 1
    return Edit(number, end, number, len(line) + 1, f"  # celery-safe: ignore[{code}] ")


def _on(text: str, *lines: int) -> list[suppress.Ignore]:
    found = suppress.comments(_module(text))
    return [i for i in found if i.line in lines and not i.is_for_file]


def _module(text: str) -> Module:
    return Module(Path(), (), text)


def _parses(text: str) -> bool:
    try:
        syntax.parse(text)
    except (syntax.CannotCheck, RecursionError):
        return False
    return True
