"""Standard input, comments that are written, and what else the command can be asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from lint_rules._engine.ignoring import open_lines

BAD = 'from celery.schedules import crontab\n\ncrontab(hour="3")\n'
TASK = "from celery import shared_task\n\n@shared_task\ndef send(): pass\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lint(*args: object, **more: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in args], **more)  # type: ignore[arg-type]


def found(*args: object, **more: object) -> list[tuple[str, str, int]]:
    document = json.loads(lint(*args, "--output-format", "json", **more).stdout)
    return [(f["path"], f["code"], f["line"]) for f in document["findings"]]


def test_without_paths_it_checks_the_current_folder() -> None:
    Path("bad.py").write_text(BAD)
    assert found() == [("bad.py", "CS601", 3)]


def test_standard_input_stands_for_a_file() -> None:
    Path("shop").mkdir()
    Path("shop/__init__.py").touch()
    Path("shop/tasks.py").write_text("x = 1\n")
    args = ("-", "--stdin-filename", "shop/tasks.py")
    assert found(*args, input=BAD) == [("shop/tasks.py", "CS601", 3)]
    assert found("-", input=BAD) == [("-", "CS601", 3)]
    Path("pyproject.toml").write_text(
        '[tool.celery-safe.lint.per-file-ignores]\n"shop/*" = ["CS6"]\n'
    )
    assert found(*args, input=BAD) == []
    fixed = lint(*args, "--fix", input=TASK)
    assert fixed.stdout == TASK.replace("@shared_task", '@shared_task(name="shop.tasks.send")')
    assert "0 findings" in fixed.stderr
    assert Path("shop/tasks.py").read_text() == "x = 1\n"
    assert '+@shared_task(name="shop.tasks.send")' in lint(*args, "--diff", input=TASK).stdout


def test_standard_input_keeps_its_encoding() -> None:
    raw = "# coding: latin-1\n# caf\xe9\r\n".encode("latin-1") + TASK.encode()
    fixed = lint("-", "--stdin-filename", "shop.py", "--fix", input=raw)
    assert fixed.stdout_bytes == raw.replace(b"@shared_task", b'@shared_task(name="shop.send")')


@pytest.mark.parametrize(
    ("args", "text", "message"),
    [
        (["-", "a.py"], "", "- stands alone"),
        (["a.py", "--stdin-filename", "a.py"], "", "goes with -"),
        (["-"], "x = '\0'", "null byte"),
        (["-"], "def f(:", "syntax error"),
        ([".", "--add-ignore", " "], "", "one line of text"),
        ([".", "--add-ignore", "a # b"], "", "one line of text"),
        ([".", "--add-ignore", "a", "--fix"], "", "does not go with"),
    ],
)
def test_what_makes_no_sense_is_2(args: list[str], text: str, message: str) -> None:
    Path("a.py").write_text(BAD)
    result = lint(*args, input=text)
    assert result.exit_code == 2
    assert message in result.stderr
    assert Path("a.py").read_text() == BAD


def test_add_ignore_writes_comments_with_the_reason() -> None:
    Path("a.py").write_text(
        "from celery import shared_task\nfrom celery.schedules import crontab\n"
        "crontab(hour=1); crontab(hour=2)  # twice\n"
        "x = [crontab(\n    hour=1,\n)]\n"
        "y = crontab(hour='''\n1''') \n"
        "z = 'a' \\\n    'b', crontab(hour=1), \\\n    'c'\n"
        "@shared_task  # celery-safe: ignore[CS601] old\ndef f(): pass\n"
    )
    done = lint(".", "--add-ignore", "known, SHOP-12")
    assert Path("a.py").read_text() == (
        "from celery import shared_task\nfrom celery.schedules import crontab\n"
        "crontab(hour=1); crontab(hour=2)  # twice  # celery-safe: ignore[CS601] known, SHOP-12\n"
        "x = [crontab(  # celery-safe: ignore[CS601] known, SHOP-12\n    hour=1,\n)]\n"
        "y = crontab(hour='''\n1''')  # celery-safe: ignore[CS601] known, SHOP-12\n"
        "z = 'a' \\\n    'b', crontab(hour=1), \\\n    'c'\n"
        "@shared_task  # celery-safe: ignore[CS601] old  # celery-safe: ignore[CS101] known, SHOP-12\n"
        "def f(): pass\n"
    )
    assert done.exit_code == 1
    assert "Ignored 5 findings in 1 file." in done.stderr
    assert "no comment can stand at line 10" in done.stderr
    assert "use --fix instead" in done.stderr  # the comment for CS601, where none is
    assert found(".") == [("a.py", "CS601", 10), ("a.py", "CS001", 12)]


def test_where_a_comment_can_stand() -> None:
    assert open_lines(["a = '''", "b'''", "c \\", "d", "e"]) == {2, 4, 5}
    assert open_lines(["f'''{", "a}", "'''", "b"]) >= {4}
    assert not {1, 2} & open_lines(["f'''{", "a}", "'''", "b"])
    assert open_lines(["a = '''"]) == set()


def test_exit_zero_hides_findings_and_no_failure() -> None:
    Path("a.py").write_text(BAD)
    assert lint(".", "--exit-zero").exit_code == 0
    Path("b.py").write_text("def f(:\n")
    assert lint(".", "--exit-zero").exit_code == 2


def test_show_files_lists_them() -> None:
    for name in ("a.py", "b.py", "c.txt"):
        Path(name).touch()
    Path("pyproject.toml").write_text('[tool.celery-safe.lint]\nexclude = ["b.py"]\n')
    assert lint(".", "--show-files").stdout == "a.py\n"


def test_a_pyproject_without_our_table_does_not_end_the_search() -> None:
    Path("shop/inner").mkdir(parents=True)
    Path("shop/inner/a.py").write_text(BAD)
    Path("shop/pyproject.toml").write_text("[project]\nname = 'shop'\n[tool.ruff]\n")
    Path("shop/inner/pyproject.toml").write_text("[tool.celery-safe]\n")
    assert lint("shop/inner").exit_code == 1
    Path("pyproject.toml").write_text('[tool.celery-safe.lint]\nignore = ["CS6"]\n')
    assert lint("shop/inner").exit_code == 0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[tool.celery_safe.lint]\n", "[tool.celery_safe] is not read; write [tool.celery-safe]"),
        ("[tool.celerysafe]\nx = 1\n", "pyproject.toml:1: [tool.celerysafe] is not read"),
        ("[tool.celery-safe.lint]\npreset = 'strct'\n", "(did you mean 'strict'?)"),
        ("[tool.celery-safe.lint]\nselect = ['cs101']\n", "select: no rule begins with 'cs101' (did you mean 'CS101'?)"),
        (
            "[tool.celery-safe.lint.per-file-ignores]\n'a/*' = ['unnamed-task']\n",
            "per-file-ignores.'a/*': no rule begins with 'unnamed-task' (did you mean 'CS101'?)",
        ),
    ],
)  # fmt: skip
def test_a_configuration_that_is_nearly_right_is_refused(table: str, message: str) -> None:
    Path("pyproject.toml").write_text(table)
    done = lint(".")
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_tables_of_others_are_theirs() -> None:
    Path("pyproject.toml").write_text("[tool.celery]\nx = 1\n[tools]\nx = 1\n")
    assert lint(".").exit_code == 0


def test_a_full_disk_is_2() -> None:
    Path("a.py").write_text(BAD)
    lint_it = [str(Path(sys.executable).with_name("celery-safe")), "lint", "."]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(lint_it, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "standard output cannot be written: No space left on device" in done.stderr
