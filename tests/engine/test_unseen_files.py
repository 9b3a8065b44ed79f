"""A file that cannot be parsed leaves open what is absent, if it may have a word of Celery."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

SETTINGS = 'CELERY_TASK_ROUTES = {"shop.old.*": {"queue": "slow"}}\n'
TASKS = "from shop.makers import cron_task\n@cron_task()\ndef open_shop(): pass\n"
MAKER = "from celery import shared_task\ndef cron_task():\n    return shared_task()\n"


def routes_without_task(folder: Path, broken: str | bytes) -> int:
    files = {"__init__.py": "", "tasks.py": TASKS, "makers.py": MAKER, "settings.py": SETTINGS}
    for name, text in {**files, "broken.py": broken}.items():
        path = folder / "shop" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    rules = [r for r in all_rules() if r.code == "CS213"]
    result = check_paths([folder], Config(), rules)
    assert [Path(u.path).name for u in result.unchecked] == ["broken.py"]
    return len(result.findings)


@pytest.mark.parametrize("script", ['print "old"\n', b"x = '\xff'\n", b"x = 1\0\n"])
def test_a_script_without_a_word_of_celery_hides_nothing(
    tmp_path: Path, script: str | bytes
) -> None:
    assert routes_without_task(tmp_path, script) == 1


@pytest.mark.parametrize(
    "text",
    [
        'from celery import shared_task\nprint "old"\n',
        'from shop.makers import cron_task\n@cron_task()\ndef close(): print "old"\n',
        b"# celery\n\0",
    ],
)
def test_a_file_that_may_have_a_task_leaves_it_open(tmp_path: Path, text: str | bytes) -> None:
    assert routes_without_task(tmp_path, text) == 0
