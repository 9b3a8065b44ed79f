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


@pytest.mark.parametrize(
    "text",
    [
        "class A[\n    T: int,  # why\n    U,\n](B):\n    pass\n",
        "def f[\n  T\n](a: T): pass\n",
        "type X[\n  T\n] = list[T]\n",
        'x = f"{\n  a["b"]\n}"\n',
        'x = f"{\n  a["b"]\n  }"\n',
        'def g():\n    """a\x0cb\u2028"""\n    return f"{a["é"]}" + "x"\n',
        "def f[T](a): pass\r\n" * 3,
        "def f[T](a): pass\n" * (syntax.MAX_STATEMENTS + 3),
        'if a:\n    pass\nelse:\n    x = f"{a["b"]}"\n',
        "f'''\ntype X = {a['b']}\n{d[\"\"\"x\"\"\"]}'''\n",
        "try:\n  pass\nexcept A, B:\n  f(x for x in y)\n",
    ],
)
def test_each_piece_of_newer_syntax_is_read(text: str) -> None:
    old = newer.as_old(text)
    ast.parse(old, feature_version=(3, 10))
    assert [len(x) for x in syntax.lines_of(old)] == [len(x) for x in syntax.lines_of(text)]
    syntax.parse(text)


def test_only_the_statements_that_are_newer_go_through_libcst(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """libcst takes a hundred times as long."""
    seen: list[str] = []
    as_old = newer.as_old

    def spy(text: str) -> str:
        seen.append(text)
        return as_old(text)

    monkeypatch.setattr(newer, "as_old", spy)
    first, second = "type A = int\n", "type B = list[A]\n"
    text = "x = 1\n" * 500 + first + "y = 2\n" * 500 + second
    monkeypatch.setattr(syntax, "_ast", lambda text: ast.parse(text, feature_version=(3, 11)))
    tree = syntax.parse(text)
    assert (len(tree.body), seen) == (1002, [first, second])


def test_type_parameters_on_one_line_need_no_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(newer, "as_old")
    monkeypatch.setattr(syntax, "_ast", lambda text: ast.parse(text, feature_version=(3, 11)))
    text = (
        "x = '\x0c'\ndef f[T: (int, str)](a: T, *b: list[T]) -> T:\n    pass\n\nclass A[K, *V]:\n"
    )
    text += "    async def g[**P](self, x=[1][0]): pass\n"
    function, kind = syntax.parse(text).body[1:]
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(kind, ast.ClassDef)
    assert (function.args.args[0].col_offset, kind.body[0].lineno) == (21, 6)


@pytest.mark.parametrize("text", ["def (:\n", "x = = 1\n", "class A[T:\n    pass\n"])
def test_what_is_no_python_at_all_is_said_with_its_place(text: str) -> None:
    with pytest.raises(syntax.CannotCheck, match=r"syntax error at line \d+, column \d+"):
        syntax.parse(text)
