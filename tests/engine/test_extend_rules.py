"""Rules of other packages, by configuration: as strict as our own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from celery_safe.cli.rule import command as rule_command
from celery_safe.cli.rules import command as rules_command

RULE = '''"""SHOP101 no-refund: tasks are not called refund."""
from lint_rules._engine.project import finding
CODE, NAME, PRESET = "SHOP101", "no-refund", "default"
def check(project):
    for module, task in project.tasks():
        if task.name == "refund":
            yield finding(module, task.decorator, (CODE, NAME), "refund is taken")
'''
TASK = "from celery import shared_task\n@shared_task(name='x')\ndef refund(): pass\n"
numbers = iter(range(1000))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package with one rule, configured in the current folder."""
    name = f"shop_rules_{next(numbers)}"
    folder = tmp_path / "site" / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "_helper.py").touch()
    (folder / "shop101_no_refund.py").write_text(RULE)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.syspath_prepend(tmp_path / "site")
    Path("pyproject.toml").write_text(f'[tool.celery-safe.lint]\nextend-rules = ["{name}"]\n')
    Path("tasks.py").write_text(TASK)
    yield folder
    for module in [m for m in sys.modules if m.startswith("shop_rules_")]:
        del sys.modules[module]


def lint(*args: str) -> Result:
    return CliRunner().invoke(command, [".", *args])


def codes(*args: str) -> list[str]:
    return [
        f["code"] for f in json.loads(lint(*args, "--output-format", "json").stdout)["findings"]
    ]


def test_they_run_with_ours(package: Path) -> None:
    assert codes() == ["SHOP101"]
    assert codes("--ignore", "SHOP") == []
    assert codes("--select", "SHOP1") == ["SHOP101"]
    sarif = lint("--output-format", "sarif").stdout
    assert "SHOP101" in sarif
    assert "helpUri" not in sarif  # our site has no page of it
    Path("tasks.py").write_text(TASK.replace("@shared", "@shared", 1).replace(
        "')\n", "')  # celery-safe: ignore[SHOP101] legacy\n"))  # fmt: skip
    assert codes() == []
    assert codes("--ignore", "SHOP") == []  # it is known, if not running: the comment is in use


def test_a_changed_rule_is_not_answered_from_the_cache(package: Path) -> None:
    from lint_rules._engine import cache

    assert codes() == ["SHOP101"]
    file = package / "shop101_no_refund.py"
    file.write_text(RULE.replace('== "refund"', '== "other"'))
    cache._engine.cache_clear()
    del sys.modules[f"{package.name}.{file.stem}"]
    for compiled in package.glob("__pycache__/*"):
        compiled.unlink()
    assert codes() == []


def test_they_are_listed_and_have_a_page(package: Path) -> None:
    run = CliRunner().invoke
    assert "SHOP101  default  no-refund: tasks are not called refund." in run(rules_command).stdout
    assert run(rule_command, ["no-refund"]).stdout.startswith(
        "# SHOP101 no-refund\n\ntasks are not"
    )
    (package / "pages").mkdir()
    (package / "pages/shop101_no_refund.md").write_text("# SHOP101 no-refund\n\nThe page.\n")
    assert "The page." in run(rule_command, ["SHOP101"]).stdout


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("shop102_other.py", RULE, "CODE and NAME are SHOP101 no-refund, unlike the file"),
        ("more101_no_refund.py", RULE.replace("SHOP", "MORE"), "no-refund is taken by"),
        ("cs999_mine.py", RULE, "codes that begin with CS are celery-safe's own"),
        ("helper.py", "", "a helper like _name.py"),
        ("shop101_no_refund.py", "import nothing_like_it", "cannot be loaded: ModuleNotFoundError"),
        ("shop101_no_refund.py", RULE.replace('"default"', '"always"'), "PRESET must be"),
        ("shop101_no_refund.py", RULE.replace("def check", "def chek"), "AttributeError"),
        ("shop101_no_refund.py", RULE.replace("SHOP101 no-refund: t", "T"), "docstring must begin"),
        ("shop101_no_refund.py", "raise SystemError('x')", "SystemError: x"),
        ("shop101_no_refund.py", "raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_a_wrong_rule_file_is_refused_by_name(
    package: Path, name: str, text: str, message: str
) -> None:
    (package / name).write_text(text)
    for result in (lint(), CliRunner().invoke(rules_command), CliRunner().invoke(rule_command, ["CS101"])):  # fmt: skip
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing_like_it", "is not installed"),
        ("nothing.like.it", "cannot be found"),
        ("json", "a helper like _name.py"),
        ("difflib", "is no package"),
        ("lint_rules", "is no package with rule files of its own"),
        ("", "cannot be found"),
    ],
)
def test_a_wrong_package_is_refused(package: Path, name: str, message: str) -> None:
    Path("pyproject.toml").write_text(f'[tool.celery-safe.lint]\nextend-rules = ["{name}"]\n')
    result = lint()
    assert result.exit_code == 2
    assert message in result.stderr


def test_two_rules_with_one_code_are_refused(package: Path) -> None:
    other = package.with_name(f"{package.name}_more")
    other.mkdir()
    (other / "__init__.py").touch()
    (other / "shop101_no_refund.py").write_text(RULE)
    Path("pyproject.toml").write_text(
        f'[tool.celery-safe.lint]\nextend-rules = ["{package.name}", "{other.name}"]\n'
    )
    assert "SHOP101 is taken by" in lint().stderr


def found(place: str, edit: str = "") -> str:
    """The body of a rule that yields a finding there."""
    fix = f", Fix('safe', 'm', ({edit},))" if edit else ""
    return (
        "    from lint_rules._engine.facts import Edit, Finding, Fix\n"
        f"    yield Finding({place}, CODE, NAME, 'm'{fix})\n"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    yield 1 / 0\n", "ZeroDivisionError at shop101_no_refund.py:5"),
        ("    yield 'found'\n", "RuleError at registry.py"),
        ("    return 3\n", "TypeError"),
        ("    raise KeyError('a\\nb')\n    yield\n", "KeyError at shop101_no_refund.py:5"),
        ("    raise SystemExit(0)\n    yield\n", "SystemExit at shop101_no_refund.py:5"),
        (found("None, 1, 1, 1, 1"), "RuleError at registry.py"),
        (found("'tasks.py', 1, 0, 1, 1"), "RuleError at registry.py"),
        (found("'tasks.py', 2, 1, 1, 1"), "RuleError at registry.py"),
        (found("'tasks.py', 1, 1, 99, 1"), "tasks.py:1 is no place of this run"),
        (found("'other.py', 1, 1, 1, 1"), "other.py:1 is no place of this run"),
        (found("'tasks.py', 1, 1, 1, 1", "Edit(9, 1, 9, 1, 'x')"), "tasks.py:1 is no place"),
    ],
)
def test_a_rule_that_fails_is_2_and_the_others_still_run(
    package: Path, body: str, message: str
) -> None:
    text = RULE[: RULE.index("    for module")] + body
    (package / "shop101_no_refund.py").write_text(text)
    Path("tasks.py").write_text(TASK.replace("(name='x')", ""))
    result = lint("--output-format", "concise")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "CS101" in result.stdout
    assert f"rule SHOP101 failed: {message}" in result.stderr
    assert ("it yields 'found', which is no finding of it" in result.stderr) is ("found" in body)
