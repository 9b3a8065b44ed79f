"""What a Flask application holds under a key is seen, if a file writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

APP = (
    "from celery import Celery, shared_task\n"
    "def make(app):\n    made = Celery(app.name)\n    made.config_from_object(app.config['CELERY'])\n"
    "    return made\n@shared_task(name='a')\ndef a(): pass\n"
)


@pytest.mark.parametrize(
    ("web", "found"),
    [
        (
            "def create(app):\n    app.config.from_mapping(CELERY=dict(broker_url='redis://'))\n",
            True,
        ),
        ("def create(app):\n    app.config['CELERY'] = {'broker_url': 'redis://'}\n", True),
        ("def create(app):\n    app.config.from_mapping(CELERY=dict(task_time_limit=9))\n", False),
        ("def create(app):\n    app.config.from_prefixed_env()\n", False),
    ],
)
def test_no_time_limit_is_told_where_all_settings_are_seen(
    tmp_path: Path, web: str, found: bool
) -> None:
    (tmp_path / "jobs.py").write_text(APP)
    (tmp_path / "web.py").write_text(web)
    rules = [r for r in all_rules() if r.code == "CS110"]
    assert bool(check_paths([tmp_path], Config(), rules).findings) is found
