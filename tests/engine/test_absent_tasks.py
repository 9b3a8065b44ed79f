"""That no task has a name is said only where it is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

TASKS = "from celery import shared_task\n@shared_task\ndef close(): pass\n"
PACKAGE = {"shop/__init__.py": "", "shop/tasks.py": TASKS}


def reported(folder: Path, files: dict[str, str], task: str, only: str = "") -> list[str]:
    entry = f'{{"close": {{"task": "{task}", "schedule": 60}}}}'
    for name, text in {**files, "shop/settings.py": f"CELERY_BEAT_SCHEDULE = {entry}\n"}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rules = [r for r in all_rules() if r.code == "CS602"]
    return [f.message for f in check_paths([folder / only], Config(), rules).findings]


def test_a_task_that_moved_to_another_module(tmp_path: Path) -> None:
    [message] = reported(tmp_path, PACKAGE, "shop.jobs.close")
    assert "the project has no module shop.jobs; did you mean 'shop.tasks.close'?" in message


def test_a_task_that_is_only_imported_where_the_schedule_says(tmp_path: Path) -> None:
    files = {**PACKAGE, "shop/jobs.py": "from .tasks import close\n"}
    [message] = reported(tmp_path, files, "shop.jobs.close")
    assert "the task close is called 'shop.tasks.close'" in message


def test_names_of_an_app_that_makes_them(tmp_path: Path) -> None:
    app = (
        "from celery import Celery\nclass App(Celery):\n"
        "    def gen_task_name(self, name, module):\n        return name\n"
    )
    files = {**PACKAGE, "shop/app.py": app}
    assert reported(tmp_path, files, "close") == []
    [message] = reported(tmp_path, files, "closes")
    assert "did you mean 'close'?" in message


@pytest.mark.parametrize(
    ("files", "task"),
    [
        ({}, "mailer.tasks.retry"),
        ({"shop/tasks.py": TASKS + "from shop.more import *\n"}, "shop.tasks.shut"),
        ({"shop/tasks.py": TASKS + "shared_task(name=NAME)(close)\n"}, "shop.tasks.shut"),
        ({"shop/tasks.py": TASKS + "@own\ndef shut(): pass\n"}, "shop.tasks.shut"),
        ({"shop/tasks.py": TASKS + "shut = make(close)\n"}, "shop.tasks.shut"),
        ({"shop/jobs.py": "def shut(:\n"}, "shop.jobs.shut"),
        ({"shop/jobs/__init__.py": "def shut(:\n"}, "shop.jobs.shut"),
        ({"shop/other.py": 'x = own(name="shop.jobs.shut")  # celery\n'}, "shop.jobs.shut"),
        ({"shop/app.py": "class App:\n    def gen_task_name(self, *x): return y\n#celery"}, "clos"),
    ],
)
def test_silent_where_it_cannot_be_known(tmp_path: Path, files: dict[str, str], task: str) -> None:
    assert reported(tmp_path, {**PACKAGE, **files}, task) == []


def test_silent_where_the_module_is_not_in_the_run(tmp_path: Path) -> None:
    assert reported(tmp_path, PACKAGE, "shop.tasks.shut")
    assert reported(tmp_path, PACKAGE, "shop.tasks.shut", only="shop/settings.py") == []
