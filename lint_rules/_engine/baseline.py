"""The baseline file: findings that are known and left out, until they are gone; then it forgets them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lint_rules._engine import writing
from lint_rules._engine.facts import Finding
from lint_rules._engine.fingerprint import fingerprints, relative
from lint_rules._engine.report import Result

VERSION = 1
ABOUT = "What celery-safe lint leaves out, until it is mended. --write-baseline adds what is found."


class BaselineError(Exception):
    """The file cannot be used; the message names it, and what to do."""


@dataclass(frozen=True, order=True)
class Entry:
    """One finding; ``path`` is relative to the folder of the baseline file."""

    path: str
    code: str
    fingerprint: str


@dataclass(frozen=True)
class Split:
    """A result without what the baseline has; ``stale`` are its entries that were not found."""

    fresh: Result
    known: list[Finding]
    stale: list[Entry]


def load(file: Path) -> list[Entry]:
    """The entries of the file.

    Raises:
        BaselineError: it cannot be read, or is no baseline file of this version.
    """
    try:
        document = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BaselineError(
            f"there is no baseline file {file}; --write-baseline writes it"
        ) from error
    except OSError as error:
        raise BaselineError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BaselineError(
            f"{file} cannot be read as JSON: {error}; --write-baseline writes it anew"
        ) from error
    version = document.get("version") if isinstance(document, dict) else None
    if version != VERSION:
        raise BaselineError(
            f"{file} is no baseline file of version {VERSION}; --write-baseline writes it anew"
        )
    try:
        return [
            Entry(str(e["path"]), str(e["code"]), str(e["fingerprint"]))
            for e in document["findings"]
        ]
    except (TypeError, KeyError) as error:
        raise BaselineError(f"{file} is broken; --write-baseline writes it anew") from error


def split(result: Result, entries: Iterable[Entry], file: Path, paths: Sequence[Path]) -> Split:
    """Take the findings that are among ``entries`` out of ``result``.

    Args:
        result: what a run found.
        entries: of the baseline ``file``.
        file: the baseline file; its folder is what paths are relative to.
        paths: what the run was asked to check.
    """
    entries = list(entries)
    known = {(e.path, e.code, e.fingerprint) for e in entries}
    fresh: list[Finding] = []
    left_out: list[Finding] = []
    now = _entries(result, file)
    for finding, entry in zip(result.findings, now, strict=True):
        is_known = (entry.path, entry.code, entry.fingerprint) in known
        (left_out if is_known else fresh).append(finding)
    stale = sorted(set(entries) - set(now))
    gone = [e for e in stale if _is_gone(e, result, file, paths)]
    return Split(replace(result, findings=fresh), left_out, gone)


def write(result: Result, file: Path, paths: Sequence[Path]) -> tuple[int, int]:
    """Write the findings of ``result`` to ``file``, and keep what the run could not judge.

    Returns:
        How many entries it has now, and how many of before were taken out.

    Raises:
        BaselineError: it cannot be written.
    """
    try:
        before = load(file)
    except BaselineError:
        before = []  # it is written anew
    now = _entries(result, file)
    kept = [e for e in set(before) - set(now) if not _is_gone(e, result, file, paths)]
    entries = {*now, *kept}
    _save(entries, file)
    return len(entries), len(set(before) - entries)


def prune(parts: Split, entries: Iterable[Entry], file: Path) -> None:
    """Take the stale entries out of ``file``, which has ``entries``.

    Raises:
        BaselineError: it cannot be written.
    """
    _save(set(entries) - set(parts.stale), file)


def _save(entries: Iterable[Entry], file: Path) -> None:
    rows = ",\n".join(
        "    " + json.dumps({"path": e.path, "code": e.code, "fingerprint": e.fingerprint})
        for e in sorted(entries)
    )
    about = json.dumps(ABOUT)
    text = f'{{\n  "about": {about},\n  "version": {VERSION},\n  "findings": [\n{rows}\n  ]\n}}\n'
    try:
        if file.is_file():
            writing.replace(file.resolve(), text.encode())
        else:
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{file} cannot be written: {error.strerror}") from error


def _entries(result: Result, file: Path) -> list[Entry]:
    root = file.absolute().parent
    return [
        Entry(relative(f.path, root), f.code, mark)
        for f, mark in zip(result.findings, fingerprints(result, root), strict=True)
    ]


def _is_gone(entry: Entry, result: Result, file: Path, paths: Sequence[Path]) -> bool:
    """Whether this run would have found it.

    Its rule ran, over a folder with its file: alone, a file may have fewer findings, and so may
    one beside what could not be checked.
    """
    path = Path(os.path.normpath(file.absolute().parent / entry.path))
    folders = [Path(os.path.normpath(p.absolute())) for p in paths if p.is_dir()]
    if not any(path.is_relative_to(folder) for folder in folders):
        return False
    if not path.is_file():
        return True
    return not result.unchecked and entry.code in {rule.code for rule in result.rules}
