"""`--fix` writes what Celery computes today, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_rules._engine import fix
from lint_rules._engine.facts import Edit, Finding, Fix

LINT = [str(Path(sys.executable).with_name("celery-safe")), "lint"]
TASKS = """\
# -*- coding: latin-1 -*-
# caf\xe9
from celery import Celery, shared_task

app = Celery("shop", broker="memory://", set_as_current=False)


@app.task
def a():
    pass


@app.task()
def b():
    pass


@app.task(bind=True)  # a comment
def c(self):
    pass


@shared_task(
    ignore_result=True,
)
def d():
    pass


@app.task(name="kept")
def e():
    pass
"""
NAMES = "import shop.jobs.tasks as t; print([f.name for f in (t.a, t.b, t.c, t.d, t.e)])"


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINT, *args], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop/jobs").mkdir(parents=True)
    for folder in ("shop", "shop/jobs"):
        (tmp_path / folder / "__init__.py").touch()
    tasks = tmp_path / "shop/jobs/tasks.py"
    tasks.write_bytes(TASKS.encode("latin-1").replace(b"\n", b"\r\n"))
    tasks.chmod(0o640)
    return tmp_path


def names(folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", NAMES], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_fix_writes_the_names_that_celery_computes(project: Path) -> None:
    before, tasks = names(project), project / "shop/jobs/tasks.py"
    done = run(project, ".", "--fix")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Fixed 4 findings in 1 file." in done.stderr
    assert names(project) == before
    raw = tasks.read_bytes()
    assert b"caf\xe9" in raw
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert oct(tasks.stat().st_mode & 0o777) == "0o640"
    text = raw.decode("latin-1")
    for line in (
        '@app.task(name="shop.jobs.tasks.a")\r\n',
        '@app.task(name="shop.jobs.tasks.b")\r\n',
        '@app.task(name="shop.jobs.tasks.c", bind=True)  # a comment\r\n',
        '    name="shop.jobs.tasks.d", ignore_result=True,\r\n',
    ):
        assert line in text
    assert len(text.splitlines()) == len(TASKS.splitlines())
    assert run(project, ".", "--fix").returncode == 0
    assert tasks.read_bytes() == raw


def test_diff_changes_nothing(project: Path) -> None:
    raw = (project / "shop/jobs/tasks.py").read_bytes()
    done = run(project, ".", "--diff")
    assert done.returncode == 1
    assert '+@app.task(name="shop.jobs.tasks.a")' in done.stdout
    assert (project / "shop/jobs/tasks.py").read_bytes() == raw
    run(project, ".", "--fix")
    assert run(project, ".", "--diff").returncode == 0


def test_json_has_the_fix(project: Path) -> None:
    document = json.loads(run(project, ".", "--output-format", "json").stdout)
    fixes = [f["fix"] for f in document["findings"]]
    assert [f["applicability"] for f in fixes] == ["safe"] * 4
    assert fixes[0]["edits"] == [
        {"line": 8, "column": 10, "end_line": 8, "end_column": 10, "content": '(name="shop.jobs.tasks.a")'}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("main.py", 'if __name__ == "__main__":\n    app.start()\n'),
        ("other.py", "from src.shop.jobs import tasks\n"),
        # The folder shop is on the path itself.
        ("other.py", "from jobs.tasks import a\n"),
    ],
)  # fmt: skip
def test_no_fix_where_the_name_is_not_certain(project: Path, file: str, text: str) -> None:
    if file == "main.py":
        path = project / "shop/jobs/tasks.py"
        path.write_bytes(path.read_bytes() + text.encode())
    else:
        (project / file).write_text(text)
    document = json.loads(run(project, ".", "--output-format", "json").stdout)
    assert [f["fix"] for f in document["findings"] if f["code"] == "CS101"] == [None] * 4


def test_a_project_that_names_its_tasks_itself_is_left_alone(project: Path) -> None:
    text = "from celery import Celery\nclass Mine(Celery):\n    def gen_task_name(self, n, m): return n\n"
    (project / "shop/app.py").write_text(text)
    assert run(project, ".").returncode == 0


def test_a_fix_that_makes_it_worse_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")

    def finding(content: str) -> Finding:
        edit = Edit(1, 1, 1, 2, content)
        return Finding(str(path), 1, 1, 1, 2, "CS1", "n", "m", Fix("safe", "", (edit,)))

    kinds = frozenset({"safe"})
    fixed, left = fix.plan([finding("(")], kinds, lambda _: [])
    assert fixed == []
    assert "line 1 the fixed text would not parse: it syntax error" in left[0].reason
    worse = Finding(str(path), 1, 1, 1, 2, "CS2", "n", "new")
    fixed, left = fix.plan([finding("y")], kinds, lambda _: [worse])
    assert (fixed, len(left)) == ([], 1)
    fixed, left = fix.plan([finding("y")], kinds, lambda _: [])
    assert (fixed[0].after, left) == ("y = 1\n", [])


def test_no_fix_before_a_positional_argument(project: Path) -> None:
    tasks = project / "shop/jobs/tasks.py"
    tasks.write_text(
        "from celery import shared_task\n@shared_task((1), bind=False)\ndef a(): pass\n"
    )
    document = json.loads(run(project, ".", "--output-format", "json").stdout)
    assert [f["fix"] for f in document["findings"] if f["code"] == "CS101"] == [None]


def test_unsafe_fixes_alone_is_refused(project: Path) -> None:
    done = run(project, ".", "--unsafe-fixes")
    assert done.returncode == 2
    assert "goes with --fix or --diff" in done.stderr


def mends(path: Path, *edits: Edit, code: str = "CS1") -> Finding:
    first = edits[0]
    where = (first.line, first.column, first.end_line, first.end_column)
    return Finding(str(path), *where, code, "n", f"{code} at {where}", Fix("safe", "", edits))


def test_only_the_parsers_line_ends_count() -> None:
    text = "x = '\x0c'\x0c\ny = '\u2028'\rz = 1\r\nw = 2"
    assert fix.apply(text, [Edit(4, 5, 4, 6, "3")]) == text[:-1] + "3"
    assert fix.apply(text, [Edit(3, 5, 3, 6, "3")]).endswith("z = 3\r\nw = 2")
    assert fix.apply("x\n# gone", [Edit(2, 1, 3, 1, "")]) == "x\n"
    assert fix.apply("x\r\ny", [Edit(2, 1, 2, 1, "a\nb\n")]) == "x\r\na\r\nb\r\ny"
    with pytest.raises(ValueError, match="overlapping"):
        fix.apply("xyz", [Edit(1, 1, 1, 3, ""), Edit(1, 2, 1, 4, "")])


def test_a_fix_is_applied_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("abcdef = 1\n")
    first = mends(path, Edit(1, 1, 1, 3, "A"))
    both = mends(path, Edit(1, 2, 1, 4, "B"), Edit(1, 10, 1, 11, "2"), code="CS2")
    same = mends(path, Edit(1, 1, 1, 3, "A"), Edit(1, 5, 1, 6, "E"), code="CS3")
    text, applied = fix.apply_whole("abcdef = 1\n", [first, both, same])
    assert (text, applied) == ("AcdEf = 1\n", [first, same])
    insert = [mends(path, Edit(1, 1, 1, 1, c), code=c) for c in "xy"]
    assert fix.apply_whole("a\n", insert) == ("xa\n", insert[:1])


def test_what_was_in_the_way_is_mended_in_the_next_round(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("ab = 1\n")

    def relint(texts: Mapping[Path, str]) -> list[Finding]:
        text = texts.get(path, "ab = 1\n")
        return [
            Finding(str(path), 1, 1, 1, 2, c, "n", c, Fix("safe", "", (Edit(1, 1, 1, 3, text[:2].replace(c, c.upper())),)))
            for c in "ab"
            if c in text
        ]  # fmt: skip

    fixed, left = fix.plan(relint({}), frozenset({"safe"}), relint)
    assert [(f.after, f.count) for f in fixed] == [("AB = 1\n", 2)]
    assert left == []


def test_only_the_file_that_makes_it_worse_is_left_alone(tmp_path: Path) -> None:
    """Also if the harm is in a file that has nothing to fix."""
    paths = [tmp_path / f"{n}.py" for n in range(5)]
    for path in paths:
        path.write_text("x = 1\n")
    findings = [mends(p, Edit(1, 1, 1, 2, "y")) for p in paths[:4]]

    def relint(texts: Mapping[Path, str]) -> list[Finding]:
        found = [f for f in findings if texts.get(Path(f.path), "x").startswith("x")]
        if texts.get(paths[2], "x").startswith("y"):
            found.append(Finding(str(paths[4]), 1, 1, 1, 2, "CS2", "n", "worse"))
        return found

    fixed, left = fix.plan(findings, frozenset({"safe"}), relint)
    assert sorted(f.path for f in fixed) == [paths[0], paths[1], paths[3]]
    assert [one.path for one in left] == [paths[2]]
    assert "not there now" in left[0].reason


def test_a_fix_that_makes_it_worse_keeps_no_other_from_being_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    text = "".join(f"x{n} = 1\n" for n in range(7))
    path.write_text(text)
    letters = "yyyyyy("
    findings = [mends(path, Edit(n + 1, 1, n + 1, 2, letters[n]), code=f"CS{n}") for n in range(7)]

    def relint(texts: Mapping[Path, str]) -> list[Finding]:
        lines = texts.get(path, text).splitlines()
        assert "(6 = 1" not in lines, "what does not parse is not linted"
        found = [f for f, line in zip(findings, lines, strict=True) if line.startswith("x")]
        if "y4 = 1" in lines:
            found.append(Finding(str(path), 1, 1, 1, 2, "CS9", "n", "worse"))
        return found

    fixed, left = fix.plan(findings, frozenset({"safe"}), relint)
    after = text.replace("x", "y").replace("y4", "x4").replace("y6", "x6")
    assert [(f.after, f.count) for f in fixed] == [(after, 5)]
    assert [one.reason for one in left] == [
        "with the fix of CS4 at line 5 there would be findings that are not there now"
    ]


def test_a_fix_that_mends_nothing_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    finding = mends(path, Edit(1, 1, 1, 2, "y"))
    fixed, left = fix.plan([finding], frozenset({"safe"}), lambda _: [finding])
    assert fixed == []
    assert "the same findings" in left[0].reason
    path.unlink()
    fixed, left = fix.plan([finding], frozenset({"safe"}), lambda _: [])
    assert fixed == []
    assert "cannot be read" in left[0].reason


def test_a_line_that_a_message_names_may_move(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\ny = 2\n")
    finding = mends(path, Edit(1, 1, 1, 1, "z = 0\n"))

    def relint(texts: Mapping[Path, str]) -> list[Finding]:
        line = texts[path].splitlines().index("y = 2") + 1
        return [Finding(str(path), line, 1, line, 2, "CS2", "n", f"as in line {line - 1}")]

    old = Finding(str(path), 2, 1, 2, 2, "CS2", "n", "as in line 1")
    fixed, left = fix.plan([finding, old], frozenset({"safe"}), relint)
    assert ([one.after for one in fixed], left) == (["z = 0\nx = 1\ny = 2\n"], [])
