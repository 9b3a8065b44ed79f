"""The baseline file leaves out what is known, and forgets what is gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command

BAD = "from celery.schedules import crontab\n\ncrontab(hour=3)\n"
BASE = ("--baseline", "known.json")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop").mkdir()
    for name in ("shop/a.py", "shop/b.py"):
        Path(name).write_text(BAD)


def lint(*args: str) -> Result:
    return CliRunner().invoke(command, args)


def places(*args: str) -> list[tuple[str, int]]:
    document = json.loads(lint(*args, "--output-format", "json").stdout)
    return [(f["path"], f["line"]) for f in document["findings"]]


def entries() -> list[str]:
    return [e["path"] for e in json.loads(Path("known.json").read_text())["findings"]]


def test_what_is_known_is_left_out_also_when_its_line_moves() -> None:
    done = lint(".", *BASE, "--write-baseline")
    assert (done.exit_code, entries()) == (0, ["shop/a.py", "shop/b.py"])
    assert "has 2 entries now; 0 were taken out" in done.stderr
    Path("shop/a.py").write_text(f"x = 1\n{BAD}crontab( hour = 3 )\ncrontab(hour=4)\n")
    assert places(".", *BASE) == [("shop/a.py", 5), ("shop/a.py", 6)]
    assert places("shop/a.py", *BASE) == [("shop/a.py", 5), ("shop/a.py", 6)]
    assert lint("shop/b.py", *BASE).exit_code == 0


def test_paths_are_relative_to_the_file_wherever_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    lint(".", *BASE, "--write-baseline")
    Path("pyproject.toml").write_text('[tool.celery-safe.lint]\nbaseline = "known.json"\n')
    monkeypatch.chdir("shop")
    assert places(".") == []
    assert places(str(Path.cwd())) == []


def test_what_is_mended_is_told_and_pruned() -> None:
    lint(".", *BASE, "--write-baseline")
    Path("shop/a.py").write_text("x = 1\n")
    Path("shop/c.py").write_text(BAD)
    told = lint(".", *BASE)
    assert told.exit_code == 1
    assert "1 of 2 entries are taken out of known.json" in told.stderr
    assert "CS601 in shop/a.py" in told.stderr
    assert entries() == ["shop/b.py"]  # what is new is not taken in
    assert lint(".", *BASE).stderr == ""
    # It comes back: it is new then.
    Path("shop/a.py").write_text(BAD)
    assert places(".", *BASE) == [("shop/a.py", 3), ("shop/c.py", 3)]


def test_what_fix_mends_is_pruned_too() -> None:
    text = "from celery import shared_task\n@shared_task\ndef a(): pass\n"
    Path("shop/c.py").write_text(text)
    lint(".", *BASE, "--write-baseline")
    assert len(entries()) == 3
    assert lint(".", *BASE, "--fix").exit_code == 0
    assert entries() == ["shop/a.py", "shop/b.py"]


def test_a_baseline_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lint(".", *BASE, "--write-baseline")
    Path("shop/a.py").write_text("x = 1\n")
    # Root may write everything, so it is not asked for real.
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    told = lint(".", *BASE, "--no-cache")
    assert told.exit_code == 0
    assert "known.json cannot be written: Permission denied" in told.stderr
    assert len(entries()) == 2


@pytest.mark.parametrize("args", [("shop/b.py",), (".", "--select", "CS5"), ("shop/inner",)])
def test_what_a_run_does_not_look_at_is_neither_told_nor_pruned(args: tuple[str, ...]) -> None:
    Path("shop/inner").mkdir()
    lint(".", *BASE, "--write-baseline")
    Path("shop/a.py").write_text("x = 1\n")
    assert "no more" not in lint(*args, *BASE).stderr
    assert len(entries()) == 2
    lint(*args, *BASE, "--write-baseline")
    assert len(entries()) == 2


def test_a_broken_file_keeps_its_entries_and_a_deleted_one_does_not() -> None:
    lint(".", *BASE, "--write-baseline")
    Path("shop/c.py").write_text(BAD)
    lint(".", *BASE, "--write-baseline")
    Path("shop/a.py").write_text("def f(:\n")
    Path("shop/b.py").unlink()
    Path("shop/c.py").write_text("x = 1\n")  # or a.py, which cannot be read, is why
    assert lint(".", *BASE).exit_code == 2
    assert entries() == ["shop/a.py", "shop/c.py"]
    Path("shop/b.py").write_text("x = 1\n")
    assert lint(".", *BASE, "--write-baseline").exit_code == 2
    assert entries() == ["shop/a.py", "shop/c.py"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no baseline file known.json"),
        ("{", "cannot be read"),
        ("[]", "no baseline file of version 1"),
        ('{"version": 2, "findings": []}', "no baseline file of version 1"),
        ('{"version": 1, "findings": [{"path": "a"}]}', "is broken"),
        ('{"version": 1}', "is broken"),
    ],
)
def test_a_file_that_is_none_is_2_and_can_be_written_anew(text: str | None, message: str) -> None:
    if text is not None:
        Path("known.json").write_text(text)
    result = lint(".", *BASE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "--write-baseline" in result.stderr
    assert lint(".", *BASE, "--write-baseline").exit_code == 0
    assert lint(".", *BASE).exit_code == 0


def test_write_baseline_needs_a_file() -> None:
    result = lint(".", "--write-baseline")
    assert result.exit_code == 2
    assert "needs --baseline FILE" in result.stderr
    refused = lint(".", "--write-baseline", "--baseline", "none/known.json")
    assert refused.exit_code == 2
    assert "cannot be written" in refused.stderr


def test_only_what_is_new_gets_an_ignore_comment() -> None:
    lint(".", *BASE, "--write-baseline")
    Path("shop/a.py").write_text(f"{BAD}crontab(hour=4)\n")
    assert lint(".", *BASE, "--add-ignore", "meant").exit_code == 0
    assert Path("shop/a.py").read_text().count("ignore[CS601] meant") == 1
    assert Path("shop/b.py").read_text() == BAD
