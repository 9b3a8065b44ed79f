"""CS610 and CS608 follow what other files set."""

from __future__ import annotations

from pathlib import Path

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

TASKS = (
    "from celery import Celery\napp = Celery('shop')\n"
    "@app.task(name='shop.close')\ndef close(): pass\n"
    "@app.task(name='shop.bill', acks_late=False)\ndef bill(): pass\n"
    "@app.task(name='shop.own', **options)\ndef own(): pass\n"
)
SCHEDULE = (
    "from celery.schedules import crontab\n"
    "CELERY_BEAT_SCHEDULE = {n: {'task': n, 'schedule': 60} for n in []}\n"
    "CELERY_BEAT_SCHEDULE['a'] = {'task': 'shop.close', 'schedule': crontab(0, 3)}\n"
    "CELERY_BEAT_SCHEDULE['b'] = {'task': 'shop.bill', 'schedule': 60}\n"
    "CELERY_BEAT_SCHEDULE['c'] = {'task': 'shop.own', 'schedule': 60}\n"
)


def lines(folder: Path, code: str, settings: str) -> list[tuple[str, int]]:
    (folder / "tasks.py").write_text(TASKS)
    (folder / "settings.py").write_text(SCHEDULE + settings)
    rules = [r for r in all_rules() if r.code == code]
    found = check_paths([folder], Config(), rules).findings
    return [(Path(f.path).name, f.line) for f in found]


def test_late_by_the_setting(tmp_path: Path) -> None:
    assert lines(tmp_path, "CS610", "CELERY_TASK_ACKS_LATE = True\n") == [("tasks.py", 3)]
    assert lines(tmp_path, "CS610", "CELERY_TASK_ACKS_LATE = late\n") == []


def test_a_time_zone_in_another_file(tmp_path: Path) -> None:
    assert lines(tmp_path, "CS608", "") == [("settings.py", 3)]
    assert lines(tmp_path, "CS608", "CELERY_TIMEZONE = 'UTC'\n") == []
    assert lines(tmp_path, "CS608", "app.config_from_object(build())\n") == []
