"""The result for people: a line for each finding, and below it the source with the place marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from lint_rules._engine.facts import Finding
from lint_rules._engine.formats import Style, count, printable
from lint_rules._engine.formats.document import counts
from lint_rules._engine.report import Result

#: So many lines of a finding are shown.
MAX_LINES = 4
_BOLD, _RED, _BLUE, _CYAN = "1", "1;31", "1;34", "36"
_TAB = 4


def text(result: Result, style: Style) -> str:
    """With the source."""
    if style.statistics:
        return _statistics(result, style)
    blocks = [
        "\n".join((_head(f, style), *_excerpt(f, result.lines.get(f.path, ()), style)))
        for f in result.findings
    ]
    return "\n\n".join([*blocks, _summary(result)])


def concise(result: Result, style: Style) -> str:
    """One line for each finding."""
    if style.statistics:
        return _statistics(result, style)
    return "\n".join([*(_head(f, style) for f in result.findings), _summary(result)])


def _statistics(result: Result, style: Style) -> str:
    counted = counts(result)
    width = len(str(counted[0][1])) if counted else 0
    lines = [f"{n:>{width}}  {_paint(c, _RED, style)}  {name}" for (c, name), n in counted]
    return "\n".join([*lines, _summary(result)])


def _summary(result: Result) -> str:
    fixable = sum(f.fix is not None and f.fix.applicability == "safe" for f in result.findings)
    unsafe = sum(f.fix is not None and f.fix.applicability == "unsafe" for f in result.findings)
    lines = [f"{count(len(result.findings), 'finding')} in {count(result.files, 'checked file')}."]
    if fixable:
        lines.append(f"{fixable} can be fixed with --fix.")
    if unsafe:
        lines.append(f"{unsafe} {'more ' * bool(fixable)}with --fix --unsafe-fixes.")
    if result.unchecked:
        lines.append(f"{count(len(result.unchecked), 'file')} could not be checked.")
    return " ".join(lines)


def _head(finding: Finding, style: Style) -> str:
    path = printable(finding.path).replace("\n", r"\n")
    place = f"{_paint(path, _BOLD, style)}:{finding.line}:{finding.column}:"
    return f"{place} {_paint(finding.code, _RED, style)} {printable(finding.message)}"


def _excerpt(finding: Finding, lines: Sequence[str], style: Style) -> Iterator[str]:
    last = min(finding.end_line, len(lines))
    shown = [n for n in range(finding.line, last + 1) if n < finding.line + MAX_LINES]
    if not shown:
        return
    width = len(str(shown[-1]))
    yield _gutter("", width, style)
    for number in shown:
        line = lines[number - 1]
        start = finding.column if number == finding.line else len(line) - len(line.lstrip()) + 1
        end = finding.end_column if number == finding.end_line else len(line.rstrip()) + 1
        before, marked = _cells(line[: start - 1]), _cells(line[start - 1 : end - 1])
        yield f"{_gutter(str(number), width, style)} {_cells(line)}".rstrip()
        carets = _paint("^" * max(1, _width(marked)), _RED, style)
        yield f"{_gutter('', width, style)} {' ' * _width(before)}{carets}"
    if shown[-1] < last:
        yield f"{_gutter('', width, style)} ..."
    if finding.fix is not None:
        label = _paint(f"{finding.fix.applicability} fix:", _CYAN, style)
        yield f"{' ' * width} = {label} {printable(finding.fix.message)}"


def _gutter(number: str, width: int, style: Style) -> str:
    return _paint(f"{number:>{width}} |", _BLUE, style)


def _cells(piece: str) -> str:
    """As it is shown, tabs at their full width."""
    return printable(piece.replace("\t", " " * _TAB))


def _width(shown: str) -> int:
    """Columns of a terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in shown
    )


def _paint(piece: str, code: str, style: Style) -> str:
    return f"\033[{code}m{piece}\033[0m" if style.color else piece
