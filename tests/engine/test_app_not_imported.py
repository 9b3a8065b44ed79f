"""CS114 asks every file whether it imports the app, those without a word of Celery too."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

APP = (
    "import os\nfrom celery import Celery\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napp = Celery('shop')\n"
)
TASKS = "from celery import shared_task\n@shared_task(name='a')\ndef a(pk): pass\ndef buy(pk):\n    a.delay(pk)\n"


@pytest.mark.parametrize(
    ("init", "more", "found"),
    [
        ("", "", True),
        ("from celery import shared_task\n", "", True),
        ("from .celery import app\n", "", False),
        ("from . import celery\n", "", False),
        ("", "import shop.celery\n", False),
        ("", "from shop.celery import app as queue\n", False),
        ("", "CELERY_APP = 'shop.celery:app'\n", False),
        ("", "from celery import Celery\nother = Celery('other')\n", False),
    ],
)
def test_the_app_is_imported_or_not(tmp_path: Path, init: str, more: str, found: bool) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    for name, text in (("__init__", init), ("celery", APP), ("tasks", TASKS), ("wsgi", more)):
        (shop / f"{name}.py").write_text(text)
    rules = [r for r in all_rules() if r.code == "CS114"]
    findings = check_paths([tmp_path], Config(), rules).findings
    assert [(Path(f.path).name, f.line) for f in findings] == ([("celery.py", 4)] if found else [])


def test_with_no_shared_task_that_is_sent_it_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "celery.py").write_text(APP)
    (tmp_path / "tasks.py").write_text(TASKS.replace("a.delay(pk)", "a(pk)"))
    rules = [r for r in all_rules() if r.code == "CS114"]
    assert check_paths([tmp_path], Config(), rules).findings == []
