"""The reference page of the policy table is what the table says."""

from __future__ import annotations

from pathlib import Path

from celery_safe.cli.defaults import markdown
from celery_safe.defaults import TABLE

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_the_table() -> None:
    page = (ROOT / "docs/reference/defaults.md").read_text(encoding="utf-8")
    hint = "run: celery-safe defaults --output-format markdown > docs/reference/defaults.md"
    assert page.rstrip() == markdown(TABLE), hint


def test_adopting_speaks_of_every_default() -> None:
    page = (ROOT / "docs/how-to/adopt.md").read_text(encoding="utf-8")
    missing = [row.setting for row in TABLE if f"`{row.setting}`" not in page]
    assert missing == []
