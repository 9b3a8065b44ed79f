"""Files for a newer Python than the one that runs are read, and positions stay right."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lint_rules._engine import newer, syntax

NEWER = '''\
from celery import shared_task

type Orders[T] = list[T]


class Shop[T](object):
    pass


@shared_task(name="a")
def a[M](value: M) -> M:
    note = f"{value["x"]}" "é"
    text = f"""
    {value["y"]}
    """
    try:
        b.delay(f"{value["z"]}", 1)
    except* ValueError:
        b.delay(2)
    try:
        pass
    except KeyError, ValueError:
        b.delay(value[*note], text)


@shared_task
def b(one):
    pass
'''


def test_newer_syntax_becomes_old_syntax_of_the_same_width() -> None:
    old = newer.as_old(NEWER)
    assert [len(line) for line in old.splitlines()] == [len(line) for line in NEWER.splitlines()]
    tree = ast.parse(old, feature_version=(3, 10))
    calls = [(n.lineno, n.col_offset) for n in ast.walk(tree) if isinstance(n, ast.Call)]
    assert (17, 8) in calls
    assert (19, 8) in calls
    assert (23, 8) in calls


def test_findings_in_newer_files_stand_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(NEWER)
    command = [
        str(Path(sys.executable).with_name("celery-safe")),
        "lint",
        ".",
        "--output-format",
        "json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    assert document["unchecked"] == []
    found = [(f["code"], f["line"], f["column"]) for f in document["findings"]]
    assert found == [("CS201", 17, 9), ("CS201", 23, 9), ("CS101", 26, 1)]


@pytest.mark.parametrize("text", ["def (:\n", "x = = 1\n", "class A[T:\n    pass\n"])
def test_what_is_no_python_at_all_is_said_with_its_place(text: str) -> None:
    with pytest.raises(syntax.CannotCheck, match=r"syntax error at line \d+, column \d+"):
        syntax.parse(text)
