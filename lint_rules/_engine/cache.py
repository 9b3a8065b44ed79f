"""Results of whole runs, kept until anything that they depend on changes.

An entry says what a run asked the disk (:mod:`lint_rules._engine.disk`); it holds if every answer
is the same today. Its name is a hash of all else: the checker itself, Python, and what was asked
for. It is JSON, so reading one runs no code; one that is broken, or whose owner is somebody else,
is not believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lint_rules._engine import disk, files
from lint_rules._engine.facts import Edit, Finding, Fix, Unchecked
from lint_rules._engine.report import Result
from lint_rules._engine.rules import FOLDER, Rule
from lint_rules._engine.syntax import CannotCheck

NAME = ".celery_safe_cache"
#: So many entries are kept, the newest.
MAX_ENTRIES = 32
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# https://bford.info/cachedir/\n"
_ENTRY = re.compile(r"[0-9a-f]{32}\.json")


class NoKey(Exception):
    """A value of this type cannot be part of a key."""


@dataclass(frozen=True)
class Listing:
    """The files of a run, and the folders that could not be listed."""

    paths: list[str]
    problems: list[list[str]]


def listing(paths: Sequence[Path], exclude: Sequence[str], root: Path) -> Listing:
    """What a run will find below ``paths``."""
    problems: list[list[str]] = []
    found = files.discover(
        paths, files.excluder(exclude, root), lambda path, why: problems.append([path, why])
    )
    return Listing([str(path) for path in found], problems)


class Cache:
    """The entries in one folder.

    Args:
        folder: where they are; it is made when the first is written.
        key: all that the result depends on apart from what is on the disk.
        rules: those of the run.
    """

    def __init__(self, folder: Path, key: object, rules: tuple[Rule, ...]) -> None:
        self.folder = folder
        self.rules = rules
        parts = [
            _engine(tuple(sorted({FOLDER, *(r.folder for r in rules)}))),
            canonical(key),
            str(Path.cwd()),
        ]
        name = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=16)
        self.file = folder / f"{name.hexdigest()}.json"

    def load(self, now: Listing) -> Result | None:
        """The result, if there is one that still holds."""
        try:
            if os.name == "posix" and self.file.stat().st_uid != os.geteuid():
                return None
            digest, _, body = self.file.read_bytes().partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != digest:
                return None
            entry = json.loads(body)
            if entry["listing"] != asdict(now):
                return None
            raw = _holds(entry)
            return None if raw is None else _result(entry, raw, self.rules)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, CannotCheck):
            return None

    def save(self, result: Result, trace: disk.Trace, before: Listing) -> None:
        """Keep ``result``, unless the disk changed while it was made.

        Raises:
            OSError: the folder cannot be written.
        """
        if not trace.is_steady:
            return
        entry = {
            "listing": asdict(before),
            "reads": trace.reads,
            "files": trace.files,
            "folders": trace.folders,
            "names": trace.names,
            "globs": trace.globs,
            "findings": [asdict(f) for f in result.findings],
            "unchecked": [asdict(u) for u in result.unchecked],
            "count": result.files,
            "lines": {p: list(n) for p, n in result.lines.items() if p not in trace.reads},
        }
        body = json.dumps(entry, separators=(",", ":")).encode()
        self._make_folder()
        _write(self.file, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        self._prune()

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            if not (self.folder / name).exists():
                (self.folder / name).write_text(text)

    def _prune(self) -> None:
        entries = []
        for path in self.folder.iterdir():
            if _ENTRY.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # another process was faster
                    entries.append((path.stat().st_mtime, path))
        for _, path in sorted(entries, reverse=True)[MAX_ENTRIES:]:
            path.unlink(missing_ok=True)


def canonical(value: object) -> str:
    """``value`` as text that is the same in every process.

    Raises:
        NoKey: it has a value in it of which that cannot be said.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, bytes):
        return f"bytes {hashlib.blake2b(value, digest_size=16).hexdigest()}"
    if isinstance(value, Path):
        return f"path {str(value)!r}"
    if isinstance(value, Rule):
        return f"rule {value.code} {value.stem} {value.preset} {value.check.__module__}"
    if isinstance(value, Mapping):
        pairs = sorted((canonical(k), canonical(v)) for k, v in value.items())
        return "{" + ",".join(f"{k}:{v}" for k, v in pairs) + "}"
    if isinstance(value, frozenset | set):
        return "{" + ",".join(sorted(map(canonical, value))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        pairs = [(f.name, canonical(getattr(value, f.name))) for f in fields(value)]
        return type(value).__qualname__ + "(" + ",".join(f"{k}={v}" for k, v in pairs) + ")"
    raise NoKey(type(value).__name__)


@cache
def _engine(folders: tuple[Path, ...]) -> str:
    """A hash of the checker and of the Python that runs it."""
    digest = hashlib.blake2b(f"{sys.version}\0{version('libcst')}".encode(), digest_size=16)
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{path}\0".encode("utf-8", "surrogateescape"))
            digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def _holds(entry: dict[str, Any]) -> dict[str, bytes] | None:
    """What is in the files with findings, if all answers of the entry are those of today."""
    wanted = {f["path"] for f in entry["findings"]}
    contents = {}
    for name, answer in entry["reads"].items():
        try:
            raw = disk.read_bytes(Path(name))
        except OSError as error:
            if disk.refusal(error) != answer:
                return None
            continue
        if disk.fingerprint(raw) != answer:
            return None
        if name in wanted:
            contents[name] = raw
    for name, answer in entry["files"].items():
        if Path(name).is_file() is not answer:
            return None
    for name, answer in entry["names"].items():
        if Path(name).exists() is not answer:
            return None
    for name, answer in entry["globs"].items():
        path = Path(name)
        if "/".join(disk.matches(path.parent, path.name)) != answer:
            return None
    for name, answer in entry["folders"].items():
        if Path(name).is_dir() is not answer:
            return None
    return contents


def _result(entry: dict[str, Any], raw: dict[str, bytes], rules: tuple[Rule, ...]) -> Result:
    lines = {path: files.lines(files.decode(content)) for path, content in raw.items()}
    return Result(
        [_finding(f) for f in entry["findings"]],
        [Unchecked(**u) for u in entry["unchecked"]],
        entry["count"],
        {**lines, **entry["lines"]},
        tuple(sorted(rules, key=lambda r: r.runs_last)),
    )


def _finding(values: dict[str, Any]) -> Finding:
    fix = values.pop("fix")
    if fix is not None:
        fix = Fix(fix["applicability"], fix["message"], tuple(Edit(**e) for e in fix["edits"]))
    return Finding(**values, fix=fix)


def _write(file: Path, content: bytes) -> None:
    """In one step, so that no other process reads half of it."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
