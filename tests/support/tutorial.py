"""The tutorial as somebody follows it: its files, and its commands in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/tutorial/first-steps.md"


@dataclass(frozen=True)
class Step:
    """A block of the page.

    Attributes:
        kind: the language of the block.
        text: what is in it.
        file: the last file that was named before it, for a block that is one.
        wait: what the worker's log must say before it.
    """

    kind: str
    text: str
    file: str
    wait: list[str]


def steps() -> Iterator[Step]:
    """All blocks in their order."""
    page = PAGE.read_text(encoding="utf-8")
    before = 0
    for block in re.finditer(r"^```(\w+)\n(.*?)^```$", page, re.M | re.S):
        told, before = page[before : block.start()], block.end()
        named = re.findall(r"`([\w.]+\.(?:py|toml))`", told)
        wait = re.findall(r"Wait for `([^`]+)` in the worker's log", told)
        yield Step(block[1], block[2], named[-1] if named else "", wait)


def files() -> dict[str, str]:
    """The files as they are at the end."""
    return {step.file: step.text for step in steps() if step.kind in ("python", "toml")}
