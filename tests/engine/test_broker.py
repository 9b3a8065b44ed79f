"""Brokers, timeouts and delays are read from every style of settings, and unknown ones are not guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

TASK = "from celery import shared_task\n@shared_task(name='a', acks_late=True, time_limit=7200)\ndef a(): return 1\n"
SOFT = (
    "from shop.app import app  # celery\n\n\nclass Base(app.Task):\n    abstract = True\n\n\n"
    "class Track(Base):\n    def run(self, parcel):\n        try:\n            fetch(parcel)\n"
    "        except Exception:\n            return None\n"
)
RULES = {rule.code: rule for rule in all_rules()}


def lines(folder: Path, code: str, **files: str) -> list[tuple[str, int]]:
    package = folder / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)
    result = check_paths([folder], Config(), [RULES[code]])
    assert not result.unchecked
    return [(Path(f.path).stem, f.line) for f in result.findings]


@pytest.mark.parametrize(
    ("settings", "is_found"),
    [
        ("CELERY_BROKER_URL = 'redis://localhost'\n", True),
        ("import os\nCELERY_BROKER_URL = os.environ.get('X', 'rediss://localhost')\n", True),
        ("URL = 'redis://localhost'\nCELERY_BROKER_URL = f'{URL}/0'\n", True),
        ("CELERY_BROKER_URL = 'sqs://'\n", True),
        ("CELERY_BROKER_URL = 'amqp://localhost'\n", False),
        ("import os\nCELERY_BROKER_URL = os.environ['CELERY_BROKER_URL']\n", False),
        (
            "import os\nCELERY_BROKER_URL = os.environ.get('R') or 'amqp://'\nX = 'redis://'\n",
            False,
        ),
        (
            "CELERY_BROKER_URL = 'redis://'\n"
            "CELERY_BROKER_TRANSPORT_OPTIONS = {'visibility_timeout': 3 * 60 * 60}\n",
            False,
        ),
        (
            "from datetime import timedelta\nCELERY_BROKER_URL = 'redis://'\n"
            "LONG = int(timedelta(hours=1.5).total_seconds())\n"
            "CELERY_BROKER_TRANSPORT_OPTIONS = dict(visibility_timeout=LONG)\n",
            True,
        ),
        (
            "import shop.more\nCELERY_BROKER_URL = 'redis://'\n"
            "CELERY_BROKER_TRANSPORT_OPTIONS = {'visibility_timeout': shop.more.LONG}\n",
            False,
        ),
        (
            "OPTIONS = {}\nOPTIONS['visibility_timeout'] = 9999\nCELERY_BROKER_URL = 'redis://'\n"
            "CELERY_BROKER_TRANSPORT_OPTIONS = OPTIONS\n",
            False,
        ),
    ],
)
def test_a_time_limit_beyond_the_visibility_timeout(
    tmp_path: Path, settings: str, is_found: bool
) -> None:
    found = lines(tmp_path, "CS309", settings=settings, tasks=TASK)
    assert found == ([("tasks", 2)] if is_found else [])


def test_methods_of_task_classes_run_under_the_soft_limit_of_all(tmp_path: Path) -> None:
    app = "from celery import Celery\napp = Celery('shop')\napp.conf.task_soft_time_limit = 60\n"
    assert lines(tmp_path, "CS303", app=app, work=SOFT) == [("work", 12)]
