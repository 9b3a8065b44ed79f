"""Files stay short, name no machine's paths, and the changelog has a place for what comes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 320
# Written in two parts, so that this file may be read by its own test.
MACHINE_PATHS = ("/ro" + "ot/", "/ho" + "me/", "/tmp/ba" + "sh")


def tracked() -> list[Path]:
    """The files of the repository; outside of a clone, those of the unpacked source."""
    if (ROOT / ".git").exists():
        names = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split("\0")
        files = [ROOT / name for name in names if name]
    else:
        tops = ("celery_safe", "lint_rules", "tests", "docs", "examples", "scripts")
        files = [path for top in tops for path in (ROOT / top).rglob("*")]
        files += ROOT.glob("*.*")
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts]


FILES = tracked()


def test_there_are_files() -> None:
    assert {ROOT / "celery_safe" / "errors.py", ROOT / "README.md"} <= set(FILES)


def test_no_module_is_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in FILES
        if path.suffix == ".py"
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}, f"more than {MAX_LINES} lines: two ideas in one file"


def test_no_two_test_modules_share_a_name() -> None:
    """pytest imports them by it, so the second of two would not be collected in one run."""
    names = [p.name for p in FILES if p.is_relative_to(ROOT / "tests") and p.name != "conftest.py"]
    twice = {
        n for n in names if n.endswith(".py") and not n.startswith("cs") and names.count(n) > 1
    }
    assert twice == set()


@pytest.mark.parametrize("word", MACHINE_PATHS)
def test_no_machine_paths(word: str) -> None:
    found = [str(p.relative_to(ROOT)) for p in FILES if word.encode() in p.read_bytes()]
    assert found == []


def test_changelog_has_unreleased() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## [Unreleased]\n" in text
