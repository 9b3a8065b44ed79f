"""Applies the fixes of findings to the text of files."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lint_rules._engine import files, syntax
from lint_rules._engine.facts import Edit, Finding

SAFE, UNSAFE = "safe", "unsafe"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE_NUMBER = re.compile(r"\bline \d+")


@dataclass(frozen=True)
class Fixed:
    """One file before and after; ``count`` findings are mended."""

    path: Path
    before: str
    after: str
    count: int

    def diff(self) -> str:
        """A unified diff."""
        name = str(self.path)
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), name, name)
        return "".join(
            line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


@dataclass(frozen=True)
class NotFixed:
    """A file whose fixes were not applied, and why."""

    path: Path
    reason: str


Relint = Callable[[Mapping[Path, str]], Sequence[Finding]]
#: Fixes that were in each other's way get so many more chances.
MAX_ROUNDS = 10


def plan(
    findings: Iterable[Finding],
    applicable: frozenset[str],
    relint: Relint,
    texts: Mapping[Path, str] | None = None,
) -> tuple[list[Fixed], list[NotFixed]]:
    """What the fixes make of each file. Nothing is written.

    A fix is left out if the result does not parse, if linting the whole run again with it finds
    anything, in any file, that was not found before, or if it finds again what was to be mended.

    Args:
        findings: all findings of a run.
        applicable: of ``"safe"`` and ``"unsafe"``.
        relint: lints the run with other texts for some files.
        texts: stand for what is in some files.
    """
    given = dict(texts or {})
    chosen = _Plan(relint, given)
    current = list(findings)
    for _ in range(MAX_ROUNDS):
        fixable = [f for f in current if f.fix and f.fix.applicability in applicable]
        if not chosen.round(current, fixable):
            break
        current = chosen.after
    return chosen.fixed(), list(chosen.left.values())


class _Plan:
    """The texts that are known to be good so far, and the files that are given up."""

    def __init__(self, relint: Relint, given: Mapping[Path, str]) -> None:
        self.relint = relint
        self.given = given
        self.before: dict[Path, str] = {}
        self.good: dict[Path, str] = {}
        self.count: Counter[Path] = Counter()
        self.left: dict[Path, NotFixed] = {}
        self.after: list[Finding] = []
        #: Of this round: the texts that places are in, and which fixes are taken over.
        self._base: dict[Path, str] = {}
        self._taken: dict[Path, list[Finding]] = {}

    def fixed(self) -> list[Fixed]:
        """All files that came out well."""
        return [Fixed(p, self.before[p], self.good[p], self.count[p]) for p in self.good]

    def round(self, findings: Sequence[Finding], fixable: Sequence[Finding]) -> bool:
        """Try the fixes once; whether another round may apply those that others were in the way of."""
        done = sum(self.count.values())
        by_path: dict[Path, list[Finding]] = {}
        for finding in fixable:
            if Path(finding.path) not in self.left:
                by_path.setdefault(Path(finding.path), []).append(finding)
        tried: dict[Path, list[Finding]] = {}
        waiting = False
        for path, mine in by_path.items():
            text = self._text(path)
            if text is None:
                continue
            self._base[path] = text
            _, tried[path] = apply_whole(text, mine)
            waiting = waiting or len(tried[path]) < len(mine)
        self._taken = {}
        self._accept(
            [(p, f) for p, mine in tried.items() for f in mine], Counter(map(_key, findings))
        )
        return waiting and sum(self.count.values()) > done

    def _text(self, path: Path) -> str | None:
        if path in self.good:
            return self.good[path]
        try:
            text = self.given[path] if path in self.given else files.read(path)[1]
        except syntax.CannotCheck as error:
            self._give_up(path, f"it {error}")
            return None
        self.before[path] = text
        return text

    def _give_up(self, path: Path, reason: str) -> None:
        self.left.setdefault(path, NotFixed(path, reason))

    def _accept(self, fixes: Sequence[tuple[Path, Finding]], old: Counter[_Key]) -> None:
        """Take over what does no harm: all fixes at once, or else halves of them."""
        if not fixes:
            return
        mine: dict[Path, list[Finding]] = {}
        for path, finding in fixes:
            mine.setdefault(path, list(self._taken.get(path, ()))).append(finding)
        after = {path: apply_whole(self._base[path], these)[0] for path, these in mine.items()}
        broken = next(filter(None, map(_broken, after.values())), None)
        found = [] if broken else list(self.relint({**self.given, **self.good, **after}))
        new = Counter(map(_key, found))
        mended = Counter(_key(finding) for _, finding in fixes)
        if not (broken or new - old) and all(new[k] <= old[k] - n for k, n in mended.items()):
            self.good |= after
            self._taken |= mine
            self.count.update(path for path, _ in fixes)
            self.after = found
            old.clear()
            old.update(new)
        elif len(fixes) == 1:
            [(path, finding)] = fixes
            worse = "findings that are not there now" if new - old else "the same findings"
            why = (
                f"the fixed text would not parse: it {broken}"
                if broken
                else f"there would be {worse}"
            )
            self._give_up(path, f"with the fix of {finding.code} at line {finding.line} {why}")
        else:
            # Whole files first: most often all that is wrong is in one.
            paths = list(mine)
            half = len(paths) // 2 or len(fixes) // 2
            first = [f for f in fixes if f[0] in paths[:half]] if len(paths) > 1 else fixes[:half]
            self._accept(first, old)
            self._accept([f for f in fixes if f not in first], old)


def _broken(text: str) -> str | None:
    """Why a text does not parse, if it does not."""
    try:
        syntax.parse(text)
    except syntax.CannotCheck as error:
        return str(error)
    return None


_Key = tuple[str, str, str]


def _key(finding: Finding) -> _Key:
    # A fix above it moves the line that a message names.
    return finding.path, finding.code, _LINE_NUMBER.sub("line", finding.message)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with ``edits``, which must not overlap.

    Raises:
        ValueError: two of them do.
    """
    starts = _starts(text)
    spans = sorted({_span(e, starts) for e in edits}, reverse=True)
    whole = text
    limit = len(text) + 1
    for start, end, content in spans:
        if end > limit or start == limit:
            raise ValueError("overlapping edits")
        text = text[:start] + _like(whole, content) + text[end:]
        limit = start
    return text


def apply_whole(text: str, findings: Iterable[Finding]) -> tuple[str, list[Finding]]:
    """``text`` with the fixes of those findings that fit together; each is applied whole or not."""
    starts = _starts(text)
    taken: set[tuple[int, int, str]] = set()
    edits: list[Edit] = []
    applied = []
    for finding in findings:
        mine = list(finding.fix.edits) if finding.fix else []
        spans = {_span(e, starts) for e in mine} - taken
        if any(_clash(a, b) for a in spans for b in taken | (spans - {a})):
            continue
        taken |= spans
        edits += mine
        applied.append(finding)
    return apply(text, edits), applied


def _clash(a: tuple[int, int, str], b: tuple[int, int, str]) -> bool:
    """Whether two edits touch the same text, or insert at the same place."""
    return a[0] == b[0] or (a[0] < b[1] and b[0] < a[1])


def _lines(text: str) -> list[str]:
    starts = _starts(text)
    return [piece for a, b in pairwise(starts) if (piece := text[a:b])]


def _starts(text: str) -> list[int]:
    """Where each line begins, as Python's parser counts lines."""
    # And where a line after the last one would.
    return [0, *(m.end() for m in _LINE_END.finditer(text)), len(text)]


def _span(edit: Edit, starts: Sequence[int]) -> tuple[int, int, str]:
    start = starts[edit.line - 1] + edit.column - 1
    return start, starts[edit.end_line - 1] + edit.end_column - 1, edit.content


def _like(text: str, content: str) -> str:
    """``content`` with the line ends that ``text`` has first."""
    end = _LINE_END.search(text)
    return content if end is None else _LINE_END.sub(end[0], content)
