"""A worker of a Django project that keeps its messages in the project's PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.bench import Servers

from celery_safe.testing.local import Worker, until

pytestmark = [pytest.mark.broker, pytest.mark.own_server]

PROJECT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from celery_safe import SafeCelery
from celery_safe.store.django import DjangoStore

app = SafeCelery(
    "proj", broker=os.environ["BROKER"], backend="file://results", store=lambda: DjangoStore()
)
app.autodiscover_tasks()

@app.task(name="shop.fails")
def fails(n: int) -> None:
    raise ValueError(f"no {n}")

@app.task(name="shop.works")
def works(n: int) -> int:
    return n
"""
SETTINGS = """
import os
SECRET_KEY = "of a test"
INSTALLED_APPS = ["celery_safe.contrib.django"]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "USER": "postgres", "NAME": "postgres",
    "HOST": "127.0.0.1", "PORT": os.environ["PG_PORT"],
}}
"""


class Project:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        (folder / "results").mkdir(parents=True)
        (folder / "proj.py").write_text(PROJECT)
        (folder / "settings.py").write_text(SETTINGS)
        self.env = {
            **os.environ, "BROKER": f"sqlite+safe:///{folder / 'broker.db'}", "PG_PORT": str(port),
        }  # fmt: skip
        command = ["celery", "-A", "proj", "worker", "-c", "2", "-l", "INFO"]
        self.worker = Worker(folder / "worker", command, self.env, cwd=folder)

    def python(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=self.folder, env=self.env, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def command(self, *words: str) -> str:
        code = f"from celery_safe.cli import main; main({list(words)!r}, prog_name='celery-safe')"
        return self.python(code)

    def dead(self) -> set[str]:
        found = self.command(
            "messages", "list", "-A", "proj", "--kind", "dead", "--output-format", "json"
        )
        return {row["task_id"] for row in json.loads(found)}


@pytest.fixture
def project(servers_here: Servers, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", servers_here("postgres").port)
    try:
        yield made
    finally:
        made.worker.close()


def test_failures_are_dead_letters_before_and_after_a_restart_of_the_database(
    project: Project, servers_here: Servers
) -> None:
    server: Any = servers_here("postgres")
    assert "is ready" in project.command("store", "init", "-A", "proj")
    project.worker.start()
    project.python("import proj; proj.fails.apply_async((1,), task_id='first')")
    until(lambda: project.dead() == {"first"}, "the first dead letter", 60)
    server.kill()
    server.start()
    project.python("import proj; proj.fails.apply_async((2,), task_id='second')")
    until(lambda: project.dead() == {"first", "second"}, "the second dead letter", 60)
    assert project.python("import proj; print(proj.works.delay(3).get(timeout=60))") == "3\n"
    assert "ValueError: no 2" in project.command("why", "-A", "proj", "second")
