"""``manage.py celery_safe``: the commands of ``celery-safe``, in a project whose app nobody names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bench import ROOT

MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_shop.settings.local")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """
SECRET_KEY = "of a test"
INSTALLED_APPS = ["celery_safe.contrib.django"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
APP = """
from celery_safe import SafeCelery
from celery_safe.store.django import DjangoStore

app = SafeCelery("shop", broker="memory://", store=lambda: DjangoStore())
app.conf.task_default_queue = %r
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def manage(tmp_path: Path) -> Run:
    package = tmp_path / "site_of_shop"
    (package / "settings").mkdir(parents=True)
    for folder in (package, package / "settings"):
        (folder / "__init__.py").touch()
    (package / "settings" / "local.py").write_text(SETTINGS)
    (package / "celery.py").write_text(APP % uuid.uuid4().hex)
    (tmp_path / "manage.py").write_text(MANAGE)

    def run(*words: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "CELERY"))}
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=tmp_path, capture_output=True, text=True,
            env={**plain, "PYTHONPATH": str(ROOT), **env}, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def test_the_projects_app_is_found(manage: Run, tmp_path: Path) -> None:
    manage("migrate", "--verbosity", "0")
    code = (
        "from site_of_shop.celery import app; "
        "from django.db import transaction\n"
        "with transaction.atomic(): app.send_task('shop.pay', (1,))"
    )
    manage("shell", "-c", code)
    status = manage("celery_safe", "outbox", "status", "--output-format", "json")
    assert json.loads(status.stdout)["outbox"] == 1
    listed = manage("celery_safe", "messages", "list", "--settings", "site_of_shop.settings.local")
    assert "outbox" in listed.stdout
    call = (
        "from django.core.management import call_command as c; c('celery_safe', 'relay', '--once')"
    )
    assert "1 sent" in manage("shell", "-c", call).stdout
    assert manage("celery_safe", "messages", "list").stdout == ""


def test_errors_are_those_of_the_command(manage: Run, tmp_path: Path) -> None:
    wrong = manage("celery_safe", "mesages", "list", code=2)
    assert "manage.py celery_safe" in wrong.stderr
    assert "did you mean 'messages'?" in wrong.stderr
    assert "Celery without its footguns" in manage("help", "celery_safe").stdout
    (tmp_path / "site_of_shop" / "celery.py").write_text("import not_installed")
    broken = manage("celery_safe", "outbox", "status", code=2)
    assert "site_of_shop.celery: cannot be loaded: ModuleNotFoundError" in broken.stderr
    (tmp_path / "site_of_shop" / "celery.py").unlink()
    assert "Missing option '-A'" in manage("celery_safe", "outbox", "status", code=2).stderr
