"""``celery-safe store`` in a Django project, without its manage.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from celery_safe import SafeCelery
from celery_safe.store.django import DjangoStore

app = SafeCelery("proj", broker="memory://", store=DjangoStore("shelf"))
app.autodiscover_tasks()
"""
SETTINGS = """
SECRET_KEY = "of a test"
INSTALLED_APPS = [{apps}]
DATABASES = {{
    "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "default.db"}},
    "shelf": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "shelf.db"}},
}}
"""


def store(folder: Path, command: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from celery_safe.cli import main; main(prog_name='celery-safe')",
         "store", command, "-A", "proj"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
    )  # fmt: skip
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_init_makes_what_check_misses(tmp_path: Path) -> None:
    (tmp_path / "proj.py").write_text(PROJECT)
    (tmp_path / "settings.py").write_text(SETTINGS.format(apps=""))
    assert "add 'celery_safe.contrib.django' to INSTALLED_APPS" in store(tmp_path, "check", 2)
    (tmp_path / "settings.py").write_text(SETTINGS.format(apps="'celery_safe.contrib.django'"))
    missing = store(tmp_path, "check", 2)
    assert "database 'shelf' lacks the migrations 0001_initial" in missing
    assert "celery-safe store init" in missing
    assert "DjangoStore is ready" in store(tmp_path, "init")
    assert "DjangoStore works: 0 messages, 0 bytes" in store(tmp_path, "check")
