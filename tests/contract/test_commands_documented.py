"""Every command has a heading in the reference and a test."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(
    p.stem for p in (ROOT / "celery_safe/cli").glob("*.py") if not p.stem.startswith("_")
)
#: Commands of the checker are tested where the checker is.
CHECKER = {"index", "lint", "map", "rule", "rules"}


def test_every_command_has_a_heading_and_no_heading_is_without_command() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^## `celery-safe (\S+)`$", page, re.M)) == COMMANDS


def test_every_command_has_a_test() -> None:
    # Two test modules never share a name: some end in _command.
    names = (p.stem for p in (ROOT / "tests/unit/cli").glob("test_*.py"))
    tested = {name.removeprefix("test_").removesuffix("_command") for name in names}
    assert set(COMMANDS) - CHECKER <= tested
