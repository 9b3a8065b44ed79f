"""What other files say about results that are waited for."""

from __future__ import annotations

from pathlib import Path

from tests.engine.test_across_files import found

TASKS = (
    "from celery import shared_task, chord\n"
    "@shared_task(name='a', ignore_result=True)\ndef a(): pass\n"
    "@shared_task(name='b')\ndef b(): pass\n"
    "def f():\n"
    "    chord([a.s()], b.si())\n"
    "    b.delay().get(timeout=5)\n"
    "    a.delay().get(timeout=5)\n"
)


def test_redis_hands_on_what_a_header_returns(tmp_path: Path) -> None:
    files = {"tasks.py": TASKS, "settings.py": "CELERY_RESULT_BACKEND = env('X', 'redis://')\n"}
    assert found(tmp_path, files, "CS403") == [("tasks.py", 9)]


def test_other_backends_do_not(tmp_path: Path) -> None:
    files = {"tasks.py": TASKS, "settings.py": "CELERY_RESULT_BACKEND = 'django-db'\n"}
    assert found(tmp_path, files, "CS403") == [("tasks.py", 7), ("tasks.py", 9)]


def test_the_setting_holds_for_every_task(tmp_path: Path) -> None:
    files = {"tasks.py": TASKS, "settings.py": "CELERY_TASK_IGNORE_RESULT = True\n"}
    assert found(tmp_path, files, "CS403") == [("tasks.py", 7), ("tasks.py", 8), ("tasks.py", 9)]


def test_a_setting_with_two_values_says_nothing(tmp_path: Path) -> None:
    files = {
        "tasks.py": TASKS,
        "settings.py": "CELERY_TASK_IGNORE_RESULT = True\n",
        "dev.py": "CELERY_TASK_IGNORE_RESULT = False\n",
    }
    assert found(tmp_path, files, "CS403") == [("tasks.py", 7), ("tasks.py", 9)]
