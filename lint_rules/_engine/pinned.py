"""The version of Celery that a project asks for, as far as its requirements tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lint_rules._engine import disk
from lint_rules._engine.module import Module

_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "requirements*.txt",
          "requirements/*.txt", "requirements/*.in", "requirements*.in")  # fmt: skip
_PIN = re.compile(
    r"""^[\s"']*celery(?:\[[^\]]*\])?["']?\s*(?:=\s*)?(?:\{[^}\n]*version\s*=\s*)?["']?\s*"""
    r"""(?P<how>===?|~=|\^|~|<=?)\s*(?P<major>\d+)(?P<rest>[.\d]*)""",
    re.IGNORECASE | re.MULTILINE,
)
#: How many folders above the code are looked into.
_HIGHEST = 5


def highest_major(modules: Iterable[Module]) -> int | None:
    """The highest first number of a Celery version that the nearest requirements allow.

    None if they name none, or have no upper bound.
    """
    found = {_above(folder) for folder in {m.path.absolute().parent for m in modules}}
    known = {major for major in found if major is not None}
    return max(known) if known else None


def _above(folder: Path) -> int | None:
    for place in (folder, *folder.parents)[:_HIGHEST]:
        majors = [m for file in _files(place) for m in _majors(file)]
        if majors:
            return max(majors)
    return None


def _files(folder: Path) -> Iterator[Path]:
    for pattern in _FILES:
        yield from disk.glob(folder, pattern)


def _majors(file: Path) -> Iterator[int]:
    try:
        text = disk.read_bytes(file).decode("utf-8", "replace")
    except OSError:
        return  # what cannot be read says nothing about versions
    for pin in _PIN.finditer(text):
        is_below = pin["how"] == "<" and not pin["rest"].strip(".0")
        yield int(pin["major"]) - is_below
