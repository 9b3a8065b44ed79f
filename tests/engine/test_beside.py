"""Files that are named one by one, as pre-commit does, and what they import from others."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine import disk
from lint_rules._engine.beside import Beside
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

TASK = "from {where} import worker\n\n@worker.task\ndef charge(order_id):\n    ...\n"
APP = "from celery import Celery\nworker = Celery('shop')\n"


def unnamed(*paths: Path) -> list[str]:
    rules = [rule for rule in all_rules() if rule.code == "CS101"]
    result = check_paths(paths, Config(), rules)
    assert not result.unchecked
    return [Path(f.path).name for f in result.findings]


def write(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("where", ["shop.queue", ".queue", "shop"])
def test_an_app_of_a_file_that_is_not_named(tmp_path: Path, where: str) -> None:
    write(tmp_path, shop__queue=APP, shop__tasks=TASK.format(where=where))
    (tmp_path / "shop/__init__.py").write_text("from shop.queue import worker\n")
    assert unnamed(tmp_path / "shop/tasks.py") == ["tasks.py"]


@pytest.mark.parametrize("top", ["pyproject.toml", "manage.py"])
def test_folders_without_init_below_the_top_of_a_project(tmp_path: Path, top: str) -> None:
    write(tmp_path, shop__queue=APP, shop__tasks=TASK.format(where="shop.queue"))
    assert unnamed(tmp_path / "shop/tasks.py") == []
    (tmp_path / top).touch()
    assert unnamed(tmp_path / "shop/tasks.py") == ["tasks.py"]


def test_what_is_no_app_is_none(tmp_path: Path) -> None:
    write(tmp_path, shop__queue="worker = object()\n", shop__tasks=TASK.format(where="shop.queue"))
    (tmp_path / "manage.py").touch()
    assert unnamed(tmp_path / "shop/tasks.py") == []


@pytest.mark.parametrize("text", ["def (\n", "x = '\0'\n"])
def test_a_broken_file_beside_is_no_finding_of_this_run(tmp_path: Path, text: str) -> None:
    write(tmp_path, queue=text, tasks=TASK.format(where="queue"))
    assert unnamed(tmp_path / "tasks.py") == []


def test_an_import_that_leads_out_of_its_package(tmp_path: Path) -> None:
    write(tmp_path, tasks=TASK.format(where="...queue"))
    assert unnamed(tmp_path / "tasks.py") == []


def test_few_questions_for_names_of_other_packages(tmp_path: Path) -> None:
    write(tmp_path, tasks=APP)
    beside = Beside([tmp_path / "tasks.py"])
    with disk.traced() as trace:
        assert beside.find(("celery",)) is None
        asked = len(trace.files) + len(trace.folders)
        for name in ("app", "schedules", "signals"):
            assert beside.find(("celery", name)) is None
    assert len(trace.files) + len(trace.folders) == asked + 1
