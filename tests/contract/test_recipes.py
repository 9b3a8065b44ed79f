"""The recipes of CONTRIBUTING.md, followed literally in a copy; half of one fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULE = '''"""CS999 print-in-task: nobody reads what a worker prints."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS999"
NAME = "print-in-task"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Tasks called print_it."""
    for module, task in project.tasks():
        if task.name == "print_it":
            yield finding(module, task.decorator, (CODE, NAME), "do not print")
'''
CASE = """from celery import shared_task


@shared_task(name="x")  # error: CS999
def print_it():
    pass


@shared_task(name="y")
def other():
    pass
"""
COMMAND = '''"""``celery-safe hello``."""

import click


@click.command("hello")
def command() -> None:
    """Say hello."""
    click.echo("hello")
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the recipes touch, and the tests that hold them."""
    for name in (
        "celery_safe",
        "lint_rules",
        "docs",
        "tests/rules",
        "tests/contract",
        "tests/unit/cli",
    ):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "_build")
        )
    for name in (
        "pyproject.toml",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "tests/conftest.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def passes(copy: Path, *tests: str) -> bool:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=copy, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(copy), "PATH": ""},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0


def test_add_a_lint_rule(copy: Path) -> None:
    stem = "cs999_print_in_task"
    (copy / f"lint_rules/{stem}.py").write_text(RULE)
    (copy / f"tests/rules/{stem}.py").write_text(CASE)
    assert not passes(copy, "tests/rules")
    page = (ROOT / "docs/rules/cs102_parameter_without_default.md").read_text(encoding="utf-8")
    parts = page.split("## Example\n", 1)
    tail = parts[1].split("## Fix safety", 1)[1]
    bad = "\n```python\nfrom celery import shared_task\n\n@shared_task(name='x')\ndef print_it(): ...\n```\n\n"
    page = (
        parts[0].replace("# CS102 parameter-without-default", "# CS999 print-in-task", 1)
        + "## Example\n" + bad + "## Use instead\n" + bad.replace("print_it", "log_it")
        + "## Fix safety" + tail
    )  # fmt: skip
    (copy / f"docs/rules/{stem}.md").write_text(page)
    assert passes(copy, "tests/rules")


def test_add_a_safe_default(copy: Path) -> None:
    file = copy / "celery_safe/defaults.py"
    row = '    Row("task_track_started", True, "why", "https://example.com", "nothing"),\n'
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("TABLE: tuple[Row, ...] = (\n", "TABLE: tuple[Row, ...] = (\n" + row)
    )
    test = "tests/contract/test_defaults_documented.py"
    assert not passes(copy, test)
    adopt = copy / "docs/how-to/adopt.md"
    adopt.write_text(
        adopt.read_text(encoding="utf-8") + "\n`task_track_started` changes nothing.\n"
    )
    code = "from celery_safe.cli.defaults import markdown, TABLE; print(markdown(TABLE))"
    page = subprocess.run(
        [sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(copy)},
    )  # fmt: skip
    (copy / "docs/reference/defaults.md").write_text(page.stdout)
    assert passes(copy, test)


def test_add_a_command(copy: Path) -> None:
    (copy / "celery_safe/cli/hello.py").write_text(COMMAND)
    test = "tests/contract/test_commands_documented.py"
    assert not passes(copy, test)
    page = copy / "docs/reference/cli.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n## `celery-safe hello`\n\nSays hello.\n")
    assert not passes(copy, test), "the test of the command is missing"
    (copy / "tests/unit/cli/test_hello.py").write_text("def test_hello(): pass\n")
    assert passes(copy, test)


def test_add_a_message_store(copy: Path) -> None:
    text = (ROOT / "celery_safe/store/memory.py").read_text(encoding="utf-8")
    (copy / "celery_safe/store/mine.py").write_text(text.replace("MemoryStore", "MyStore"))
    test = "tests/contract/test_stores_documented.py"
    assert not passes(copy, test)
    file = copy / "celery_safe/store/__init__.py"
    known = file.read_text(encoding="utf-8")
    file.write_text(
        known.replace(
            '"""The shelf', '"""See :class:`~celery_safe.store.mine.MyStore`. The shelf', 1
        )
    )
    assert passes(copy, test)
