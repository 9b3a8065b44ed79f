"""The command as a user runs it: exit codes, bad inputs, configuration, output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from lint_rules._engine.rules import RuleError, all_rules

BAD = 'from celery.schedules import crontab\n\ncrontab(hour="3")\n'
CLEAN = "x = 1\n"


def lint(*args: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in args])


def test_clean_is_0_and_findings_are_1(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text(CLEAN)
    assert lint(tmp_path).exit_code == 0
    (tmp_path / "bad.py").write_text(BAD)
    result = lint(tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path / 'bad.py'}:3:1: CS601 " in result.stdout


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def f(:\n", "syntax error at line 1"),
        (b"from celery import Celery\ndef f(:\n", "syntax error at line 2"),
        (b"x = 1\0\n", "null byte"),
        ("x = 'é'\n".encode("latin-1"), "wrong encoding"),
        (b"# a\n# b\n# c\nx = '\xe9'\n", "is not utf-8 at line 4"),
        (b"# coding: nonsense\nx = 1\n", "unknown encoding: nonsense"),
        (b"import celery\nx = " + b"(" * 5000 + b")" * 5000, "too deeply"),
        (b"import celery\nx = " + b"-" * 3000 + b"1", "deep"),
        (b"import celery\nx = a" + b".a" * 3000, "deep"),
    ],
    ids=[
        "syntax", "syntax-celery", "null", "encoding", "encoding-below", "unknown-encoding", "brackets", "minus", "dots",
    ],
)  # fmt: skip
def test_bad_file_is_2_and_named_and_the_others_are_checked(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "broken.py").write_bytes(content)
    (tmp_path / "bad.py").write_text(BAD)
    result = lint(tmp_path, "--output-format", "json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert [f["code"] for f in document["findings"]] == ["CS601"]
    assert [u["path"] for u in document["unchecked"]] == [str(tmp_path / "broken.py")]
    assert reason in document["unchecked"][0]["reason"]
    assert "broken.py" in result.stderr


def test_declared_encoding_is_respected(tmp_path: Path) -> None:
    text = "# coding: latin-1\nfrom celery.schedules import crontab\nx = 'é'; crontab(hour=1)\n"
    (tmp_path / "a.py").write_bytes(text.encode("latin-1"))
    assert lint(tmp_path).exit_code == 1


def test_unreadable_file_is_2(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    result = lint(tmp_path)
    assert result.exit_code == 2
    assert "gone.py cannot be read" in result.stderr


def test_missing_path_is_2(tmp_path: Path) -> None:
    result = lint(tmp_path / "none")
    assert result.exit_code == 2
    assert "no such file or folder" in result.stderr
    assert not result.stdout


def test_json_has_exactly_the_promised_keys(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text(BAD)
    document = json.loads(lint(file, "--output-format", "json").stdout)
    assert set(document) == {"findings", "unchecked", "summary"}
    (found,) = document["findings"]
    assert found.pop("message")
    assert found == {
        "code": "CS601", "name": "crontab-without-minute", "path": str(file), "line": 3,
        "column": 1, "end_line": 3, "end_column": 18, "fix": None,
    }  # fmt: skip
    assert document["summary"] == {"files": 1, "findings": 1, "unchecked": 0}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--select", "CS5"], 0),
        (["--select", "CS5,CS6"], 1),
        (["--ignore", "CS6"], 0),
        (["--select", "CS6", "--ignore", "CS601"], 0),
    ],
)
def test_select_and_ignore_by_prefix(tmp_path: Path, options: list[str], code: int) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    assert lint(tmp_path, *options).exit_code == code


def test_unknown_code_is_2_with_the_nearest(tmp_path: Path) -> None:
    result = lint(tmp_path, "--select", "CS6011")
    assert result.exit_code == 2
    assert "did you mean 'CS601'?" in result.stderr


def test_pyproject_is_read_and_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    config = tmp_path / "pyproject.toml"
    config.write_text('[tool.celery-safe.lint]\nignore = ["CS6"]\n')
    assert lint(tmp_path).exit_code == 0
    assert lint(tmp_path, "--ignore", "CS5").exit_code == 1
    config.write_text('[tool.celery-safe.lint]\nexclude = ["bad.py"]\n')
    assert lint(tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('selct = ["CS6"]', "did you mean 'select'?"),
        ('select = "CS6"', "must be a list"),
        ('preset = "hard"', "preset must be"),
        ('select = ["XX"]', "no rule begins with 'XX'"),
        ("= 1", "cannot be read"),
    ],
)
def test_wrong_configuration_is_2(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.celery-safe.lint]\n{line}\n")
    result = lint(tmp_path)
    assert result.exit_code == 2
    assert message in result.stderr


def test_ignore_comment_needs_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text(BAD.rstrip() + "  # celery-safe: ignore[CS601] one run a minute is meant\n")
    assert lint(file).exit_code == 0
    file.write_text(BAD.rstrip() + "  # celery-safe: ignore[CS601]\n")
    result = lint(file)
    assert result.exit_code == 1
    assert "needs a reason" in result.stdout


def test_names_are_followed_across_files(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("from .worker import application as app\n")
    (package / "worker.py").write_text("from celery import Celery\napplication = Celery('x')\n")
    (package / "times.py").write_text("from celery.schedules import crontab as when\n")
    (package / "tasks.py").write_text(
        "from shop import app\nfrom .times import when\n\n@app.task\ndef f():\n    when(hour=1)\n"
    )
    document = json.loads(lint(tmp_path, "--output-format", "json").stdout)
    assert [(f["code"], f["line"]) for f in document["findings"]] == [("CS101", 4), ("CS601", 6)]


def test_broken_rule_file_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken_rules"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "cs999_wrong.py").write_text('CODE = "CS998"\n')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RuleError, match=r"cs999_wrong\.py: cannot be loaded"):
        all_rules(package, "broken_rules")

    def broken(**_: object) -> None:
        raise RuleError("cs999_wrong.py: cannot be loaded")

    monkeypatch.setattr("lint_rules._engine.rules.all_rules", broken)
    result = lint(tmp_path)
    assert result.exit_code == 2
    assert "cs999_wrong.py" in result.stderr


def test_missing_libcst_is_2_with_the_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)
    result = lint(tmp_path)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "pip install 'celery-safe[lint]'" in result.stderr


def test_lint_loads_neither_celery_nor_kombu(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    code = (
        "import sys\nfrom celery_safe.cli.lint import command\n"
        "try:\n    command([sys.argv[1]])\n"
        "except SystemExit as end:\n    assert end.code == 1, end.code\n"
        "loaded = {'celery', 'kombu', 'pydantic'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_rules_and_rule_print_the_rules_and_their_pages(tmp_path):
    def run(*command):
        return subprocess.run(
            [str(Path(sys.executable).with_name("celery-safe")), *command],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    listed = json.loads(run("rules", "--output-format", "json").stdout)
    unnamed = {"code": "CS101", "name": "unnamed-task", "preset": "default"}
    assert any(unnamed.items() <= rule.items() for rule in listed)
    assert all(r["summary"] for r in listed)
    assert len(run("rules").stdout.splitlines()) == len(listed)
    for rule in listed:
        assert run("rule", rule["code"]).stdout.startswith(f"# {rule['code']} {rule['name']}")
    wrong = run("rule", "unamed-task")
    assert wrong.returncode == 2
    assert "did you mean 'unnamed-task'" in wrong.stderr
