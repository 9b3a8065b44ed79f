"""Applies the fixes of findings to the text of files."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lint_rules._engine import files, syntax
from lint_rules._engine.facts import Edit, Finding

SAFE, UNSAFE = "safe", "unsafe"


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
        return "".join(
            difflib.unified_diff(
                self.before.splitlines(keepends=True),
                self.after.splitlines(keepends=True),
                name,
                name,
            )
        )


@dataclass(frozen=True)
class NotFixed:
    """A file whose fixes were not applied, and why."""

    path: Path
    reason: str


Relint = Callable[[Mapping[Path, str]], Sequence[Finding]]


def plan(
    findings: Iterable[Finding], applicable: frozenset[str], relint: Relint
) -> tuple[list[Fixed], list[NotFixed]]:
    """What the fixes make of each file. Nothing is written.

    A file is left alone if the result does not parse, or if linting it again finds anything that
    was not found before.

    Args:
        findings: all findings of a run.
        applicable: of ``"safe"`` and ``"unsafe"``.
        relint: lints the project with other texts for some files.
    """
    before_all = list(findings)
    by_path: dict[Path, list[Finding]] = {}
    for finding in before_all:
        if finding.fix is not None and finding.fix.applicability in applicable:
            by_path.setdefault(Path(finding.path), []).append(finding)
    fixed: list[Fixed] = []
    left: list[NotFixed] = []
    for path, mended in by_path.items():
        _, text = files.read(path)
        edits = [e for f in mended if f.fix for e in f.fix.edits]
        after = apply(text, edits)
        try:
            syntax.parse(after)
        except syntax.CannotCheck as error:
            left.append(NotFixed(path, f"the fixed text would not parse: it {error}"))
            continue
        fixed.append(Fixed(path, text, after, len(mended)))
    new = Counter(map(_key, relint({f.path: f.after for f in fixed})))
    old = Counter(map(_key, before_all))
    worse = {Path(path) for path, _, _ in (new - old)}
    for one in [f for f in fixed if f.path in worse]:
        fixed.remove(one)
        left.append(NotFixed(one.path, "the fixed text would have findings that it has not now"))
    return fixed, left


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.path, finding.code, finding.message


def apply(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with ``edits``, from the end backwards; one that overlaps a later one is left out."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column - 1

    spans = sorted(
        {(offset(e.line, e.column), offset(e.end_line, e.end_column), e.content) for e in edits},
        reverse=True,
    )
    limit = len(text) + 1
    for start, end, content in spans:
        if end > limit or (end == limit and start != end):
            continue
        text = text[:start] + content + text[end:]
        limit = start
    return text


def write(fixed: Fixed) -> None:
    """Replace the file in one step, with its encoding, byte order mark, line ends and mode.

    Raises:
        OSError: the folder or the file cannot be written.
        RuntimeError: the file has changed since it was read.
    """
    raw, text = files.read(fixed.path)
    if text != fixed.before:
        raise RuntimeError(f"{fixed.path} has changed meanwhile; run again")
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    content = mark + fixed.after.encode(files.encoding(raw))
    handle, name = tempfile.mkstemp(dir=fixed.path.parent, prefix=f".{fixed.path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(fixed.path.stat().st_mode & 0o7777)
        Path(name).replace(fixed.path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
