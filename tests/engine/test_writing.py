"""Files that are fixed or get a comment keep everything else that they have, or all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from lint_rules._engine.fix import Fixed
from lint_rules._engine.writing import NotWritten, write

TASK = "from celery import shared_task\n\n@shared_task\ndef send(x=[]):\n    x.append(1)\n"
NAMED = TASK.replace("@shared_task", '@shared_task(name="tasks.send")')


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lint(*args: object, **more: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in args], **more)  # type: ignore[arg-type] (of click)


def test_what_a_link_leads_to_is_fixed_once_and_stays_a_link() -> None:
    Path("tasks.py").write_text(TASK)
    Path("again.py").symlink_to("tasks.py")
    Path("elsewhere").mkdir()
    Path("elsewhere/real.txt").write_text(TASK)
    Path("other.py").symlink_to("elsewhere/real.txt")
    done = lint(".", "--fix")
    assert "Fixed 2 findings in 2 files." in done.stderr
    assert Path("again.py").is_symlink()
    assert '@shared_task(name="tasks.send")' in Path("tasks.py").read_text()
    assert Path("other.py").is_symlink()
    assert '@shared_task(name="other.send")' in Path("elsewhere/real.txt").read_text()
    assert lint(".", "--fix").stderr == ""


def test_inserted_lines_end_as_the_others_do() -> None:
    Path("tasks.py").write_bytes(NAMED.replace("\n", "\r\n").encode())
    lint(".", "--fix", "--unsafe-fixes", "--select", "CS109")
    after = NAMED.replace("=[]", "=None").replace(
        "    x.append", "    if x is None:\n        x = []\n    x.append"
    )
    assert Path("tasks.py").read_bytes() == after.replace("\n", "\r\n").encode()


def test_a_file_that_cannot_be_written_is_named_and_the_others_are_written() -> None:
    latin = "# coding: latin-1\n# caf\xe9\n".encode("latin-1") + TASK.encode()
    Path("a.py").write_bytes(latin)
    Path("b.py").write_text(TASK)
    done = lint(".", "--add-ignore", "später ☂")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "Ignored 2 findings in 1 file.",
        "celery-safe lint: a.py is left as it was: its encoding latin-1 has no '☂'",
    ]
    assert Path("a.py").read_bytes() == latin
    assert "# celery-safe: ignore[CS101] später ☂" in Path("b.py").read_text(encoding="utf-8")
    done = lint("-", "--add-ignore", "☂", input=latin)
    assert done.exit_code == 2
    assert "standard input is not fixed: its encoding latin-1 has no '☂'" in done.stderr


def test_what_changes_or_vanishes_meanwhile_is_left_alone() -> None:
    path = Path("tasks.py")
    path.write_text(NAMED)
    with pytest.raises(NotWritten, match="has changed meanwhile"):
        write(Fixed(path, TASK, "x = 1\n", 1))
    assert path.read_text() == NAMED
    path.unlink()
    with pytest.raises(NotWritten, match="No such file"):
        write(Fixed(path, TASK, "x = 1\n", 1))
    assert os.listdir() == []  # noqa: PTH208 (names are what is meant)


def test_what_is_read_only_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("tasks.py")
    path.write_text(TASK)
    # Root may write everything, so it is not asked for real.
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    done = lint(".", "--fix")
    assert done.exit_code == 2
    assert "tasks.py is left as it was: it cannot be written: Permission denied" in done.stderr
    assert path.read_text() == TASK


def test_parentheses_that_are_there_are_used() -> None:
    Path("tasks.py").write_text(
        NAMED + "send.apply_async((5))\nsend.apply_async(args=(5))\nsend.apply_async(5)\n"
        "send.apply_async( (\n  5))\n"
    )
    lint(".", "--fix", "--unsafe-fixes", "--select", "CS205")
    assert Path("tasks.py").read_text().removeprefix(NAMED) == (
        "send.apply_async((5,))\nsend.apply_async(args=(5,))\nsend.apply_async((5,))\n"
        "send.apply_async( (\n  (5,)))\n"
    )


def test_standard_input_without_a_name_is_no_module() -> None:
    assert lint("-", "--fix", input=TASK).stdout == TASK


def test_a_first_value_goes_above_a_decorated_function_and_keeps_tabs() -> None:
    text = NAMED.replace("    x.append", "\t@wraps(f)\n\tdef g():\n\t\treturn 1\n\tx.append")
    Path("tasks.py").write_text(text)
    lint(".", "--fix", "--unsafe-fixes", "--select", "CS109")
    assert Path("tasks.py").read_text() == text.replace("=[]", "=None").replace(
        "\t@wraps", "\tif x is None:\n\t\tx = []\n\t@wraps"
    )
