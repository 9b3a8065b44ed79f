"""The table of removed imports is true of the installed Celery."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules._engine.celery_facts.removed_imports import MODULES, NAMES
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]


def imported(name: str) -> object:
    """What ``from a.b import c`` gives, or the module ``a.b.c``."""
    base, _, last = name.rpartition(".")
    module = importlib.import_module(base)
    try:
        return getattr(module, last)
    except AttributeError:
        return importlib.import_module(name)


@pytest.mark.parametrize("name", [*MODULES, *NAMES])
def test_it_is_gone(name: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        imported(name)


@pytest.mark.parametrize(
    "name", [r.instead for r in (*MODULES.values(), *NAMES.values()) if r.instead]
)
def test_what_stands_for_it_is_there(name: str) -> None:
    assert imported(name)


@pytest.mark.parametrize(("pin", "is_found"), [("celery==4.4.7", False), ("celery==5.2", True)])
def test_requirements_for_an_older_celery(lint: Lint, pin: str, is_found: bool) -> None:
    files = {"requirements.txt": f"django\n{pin}\n", "a/shop.py": "from celery.task import task\n"}
    assert bool(lint(files, "CS112")) is is_found


def test_the_fix_keeps_the_name_in_use(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text("from celery.task import task\nfrom celery.task import Task\n")
    rules = [r for r in all_rules() if r.code == "CS112"]
    fixes = [f.fix.edits[0].content for f in check_paths([path], Config(), rules).findings if f.fix]
    assert fixes == ["from celery import shared_task as task", "from celery import Task"]
