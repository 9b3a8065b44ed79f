"""Several processes find what one finds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from celery_safe.cli.lint import command
from lint_rules._engine import parallel, rules
from lint_rules._engine import run as runs
from lint_rules._engine.config import Config
from lint_rules._engine.module import Module
from lint_rules._engine.parallel import ParallelRun
from lint_rules._engine.report import Result

CASES = Path(__file__).resolve().parents[1] / "rules"
RULES = rules.all_rules()
CONFIG = Config(preset="strict")


def serial(*paths: Path, **texts: str) -> Result:
    given = {Path(p): t for p, t in texts.items()}
    return rules.check_run(runs.Run(CONFIG, given, lambda _: None), paths, RULES)


def parallel_run(**texts: str) -> ParallelRun:
    given = {Path(p): t for p, t in texts.items()}
    return ParallelRun(CONFIG, given, lambda _: None, 2, worth_it=0)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "shop"
    package.mkdir()
    for path in CASES.glob("cs*.py"):
        (package / path.name).write_bytes(path.read_bytes())
    (package / "__init__.py").write_text("from .main import application as app\n")
    (package / "main.py").write_text("from celery import Celery\napplication = Celery('x')\n")
    (package / "use.py").write_text("from shop import app\n@app.task\ndef f(): pass\n")
    for name, raw in {
        "syntax.py": b"import celery\ndef f(:\n", "null.py": b"# celery\0", "plain.py": b"x = 1\n",
        "deep.py": b"import celery\nx = a" + b".b()" * 900, "nested.py": b"celery = " + b"(" * 5000,
    }.items():  # fmt: skip
        (package / name).write_bytes(raw)
    (package / "gone.py").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    return package


def test_findings_are_the_same_and_nothing_is_parsed_twice(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = serial(shop)
    assert len(expected.findings) > 100
    assert len(expected.unchecked) >= 4
    here: list[str] = []
    parse = runs.collect

    def collect(path: Path, *rest: object) -> Module:
        here.append(path.name)
        return parse(path, *rest)  # type: ignore[arg-type]

    run = parallel_run()
    monkeypatch.setattr(runs, "collect", collect)
    assert rules.check_run(run, [shop], RULES) == expected
    assert set(here) <= {"deep.py"}, "these could not be sent from one process to another"


def test_texts_and_named_files_count_here_too(shop: Path) -> None:
    text = "from celery import shared_task\n@shared_task\ndef other(a): pass\n"
    key = str(shop / "use.py")
    paths = [shop, shop / "plain.py", shop / "use.py"]
    result = rules.check_run(parallel_run(**{key: text}), paths, RULES)
    assert result == serial(*paths, **{key: text})


def test_a_process_that_is_killed_is_made_up_for(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = serial(shop)
    ours = os.getpid()
    parse = parallel.collect

    def collect(*args: object) -> Module:
        if os.getpid() != ours:
            os._exit(9)
        return parse(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(parallel, "collect", collect)
    assert rules.check_run(parallel_run(), [shop], RULES) == expected


def test_few_files_start_no_process(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_pool", None)
    run = ParallelRun(CONFIG, {}, lambda _: None, 8)
    assert rules.check_run(run, [shop], RULES) == serial(shop)


@pytest.mark.parametrize(("cpus", "jobs"), [(1, 1), (2, 1), (4, 4), (64, parallel.MAX_JOBS)])
def test_automatic(monkeypatch: pytest.MonkeyPatch, cpus: int, jobs: int) -> None:
    monkeypatch.setattr(parallel, "available", lambda: cpus)
    assert parallel.automatic() == jobs


def test_the_option(shop: Path) -> None:
    def lint(jobs: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(command, ["shop", "--no-cache", "--jobs", jobs])
        return done.exit_code, done.stdout, done.stderr

    assert lint("2") == lint("1") == lint("auto")
    assert lint("1")[0] == 2
    for wrong in ("0", "-1", "many", "1.5"):
        code, _, told = lint(wrong)
        assert code == 2
        assert "neither auto nor a number" in told
