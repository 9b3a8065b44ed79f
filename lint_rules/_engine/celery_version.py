"""The version of Celery that a project runs, from what it requires."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lint_rules._engine import disk
from lint_rules._engine.celery_facts.versions import RELEASES, Known

Version = tuple[int, int]

#: Files that pin one version, then those that require it, the first that names Celery counts.
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")
_REQUIREMENTS = (
    "requirements*.txt", "requirements/*.txt", "*requirements.txt", "requirements*.in",
    "requirements/*.in", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py",
)  # fmt: skip
#: How many folders above the files are looked into, up to that of the repository.
_HIGHEST = 4
_NUMBER = r"(\d+)(?:\.(\d+))?(?:\.[\w*]+)*"
_LOCKED = re.compile(
    rf"""name\s*=\s*"celery"\s*\n\s*version\s*=\s*"{_NUMBER}"
    |"celery":\s*\{{[^}}]*?"version":\s*"=={_NUMBER}\"""",
    re.VERBOSE | re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"""^[ \t]*(?:[\w.-]+\s*=\s*\[)?[ \t]*["']?celery(?:\[[\w,\s.-]*\])?["']?[ \t]*
    (?:=[ \t]*(?:\{[^}\n]*?version[ \t]*=[ \t]*)?["'])?
    (?P<spec>(?:(?:[=~<>!^]{1,3}|(?<=["']))[ \t]*\d[\w.*]*[ \t]*,?[ \t]*)+)""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_BOUND = re.compile(r"([=~<>!^]*)\s*(\d+)(?:\.(\d+))?((?:\.[\w*]+)*)")


@dataclass(frozen=True)
class CeleryVersion:
    """The lowest and the highest version that may run, None for no bound; ``source`` says where."""

    lowest: Version | None = None
    highest: Version | None = None
    source: str = ""

    def is_before(self, version: Version) -> bool:
        """Whether it may be older; an unknown version may."""
        return self.lowest is None or self.lowest < version

    def is_surely_before(self, version: Version) -> bool:
        """Whether every version that may run is older."""
        return self.highest is not None and self.highest < version

    def lacks(self, known: Known) -> str | None:
        """Why no version that may run reads a setting or an option; None if one may."""
        here = f" ({self.source})" if self.source else ""
        if self.highest and known.added and self.is_surely_before(_release(known.added)):
            highest = ".".join(map(str, self.highest))
            return f"Celery {highest}{here} does not have it, it is new in {known.added}"
        if known.removed in RELEASES and not self.is_before(_release(known.removed)):
            return f"Celery removed it in {known.removed}{here}"
        return None

    def deprecates(self, known: Known) -> bool:
        """Whether every version that may run warns of a setting that is deprecated."""
        return bool(known.deprecated) and not self.is_before(_release(RELEASES[-1]))


def _release(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)


def parse(text: str, source: str = "") -> CeleryVersion | None:
    """What ``5.4`` or ``5.4.1`` means; None if it is no version."""
    match = re.fullmatch(r"(\d+)\.(\d+)(?:\.\d+)*", text)
    version = (int(match[1]), int(match[2])) if match else None
    return CeleryVersion(version, version, source) if version else None


def find(files: Iterable[Path]) -> CeleryVersion:
    """What the lock file or the requirements beside or above some files say."""
    folders = {str(file.absolute().parent) for file in files}
    if not folders:
        return CeleryVersion()
    top = Path(os.path.commonpath(sorted(folders)))
    for folder in _upwards(top):
        for name in _LOCKS:
            found = _first(_LOCKED, folder / name)
            if found:
                major, minor = [g for g in found.groups() if g is not None][:2]
                return CeleryVersion((int(major), int(minor)), (int(major), int(minor)), name)
        for pattern in _REQUIREMENTS:
            inner, _, name = pattern.rpartition("/")
            for file in disk.glob(folder / inner if inner else folder, name):
                found = _first(_REQUIRED, file)
                if found:
                    return _bounds(found["spec"], file.relative_to(folder).as_posix())
    return CeleryVersion()


def _upwards(top: Path) -> Iterator[Path]:
    for folder in (top, *top.parents)[:_HIGHEST]:
        yield folder
        if disk.exists(folder / ".git"):
            return


def _first(pattern: re.Pattern[str], file: Path) -> re.Match[str] | None:
    try:
        text = disk.read_bytes(file).decode("utf-8", "replace")
    except OSError:
        return None  # not there, or not to be read: then it says nothing about the version
    return pattern.search(text)


def _bounds(spec: str, source: str) -> CeleryVersion:
    """Of ``>=5.3,<5.6``, ``~=5.4.1`` and Poetry's ``^5.3``."""
    lowest: Version | None = None
    highest: Version | None = None
    for operator, major, minor, patch in _BOUND.findall(spec):
        version = (int(major), int(minor or 0))
        has_patch = patch[1:2].isdigit()
        if operator in ("==", "===", "~") or not operator:
            return CeleryVersion(version, version, source)
        if operator == "~=" and has_patch:
            return CeleryVersion(version, version, source)
        if operator in (">=", ">", "^", "~="):
            lowest = version
        elif operator == "<=" or (operator == "<" and has_patch):
            highest = version
        elif operator == "<" and version[1]:
            highest = (version[0], version[1] - 1)
        elif operator == "<":
            highest = (version[0] - 1, 999)
    return CeleryVersion(lowest, highest, source)
