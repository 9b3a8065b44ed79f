"""Markdown has one sentence per line, so that a change of one sentence is a change of one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [page for page in PAGES if "_build" not in page.parts]
PAGES += [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

# A word of three letters or more, its stop, a space, a capital: "e.g. X" and "v. Y" do not match.
BREAK = re.compile(r"[a-z0-9)]{3}[.?!] +[A-Z]")


def prose(text: str) -> list[tuple[int, str]]:
    """The numbered lines outside of fences, tables and headings, without `code`."""
    lines: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+|:::+)", line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1]
        elif not line.lstrip().startswith(("|", "#")):
            lines.append((number, re.sub(r"`[^`]*`", "code", line)))
    return lines


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_one_sentence_per_line(page: Path) -> None:
    two = [(n, line) for n, line in prose(page.read_text(encoding="utf-8")) if BREAK.search(line)]
    assert two == []


def test_the_check_can_fail() -> None:
    text = "It is one thing. This is another.\n```\nIn a fence. It may.\n```\n| a cell. So too |\nOne e.g. Two."
    assert [n for n, line in prose(text) if BREAK.search(line)] == [1]
