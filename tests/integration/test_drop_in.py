"""SafeCelery where Celery stood: the same project, the same commands, with both classes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bench import kill_tree

from celery_safe.testing.local import until

PROJECT = Path(__file__).parent.parent / "support" / "django_project"
CELERY = [sys.executable, "-m", "celery", "-A", "proj"]
pytestmark = pytest.mark.broker


class Project:
    """A Django project, and what is run in it."""

    def __init__(self, app: str, folder: Path) -> None:
        self.folder = folder
        (folder / "results").mkdir()
        self.env = {
            **os.environ, "APP": app, "BROKER": f"sqlite+safe:///{folder / 'broker.db'}",
            "DJANGO_DB": str(folder / "django.db"), "RESULTS": str(folder / "results"),
            "TICKS": str(folder / "ticks"), "PYTHONPATH": str(PROJECT),
            "PYTHONWARNINGS": "ignore", "DJANGO_SETTINGS_MODULE": "settings",
        }  # fmt: skip
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str, ok: bool = True) -> str:
        done = subprocess.run(
            command, env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=90, check=False
        )  # fmt: skip
        assert done.returncode == 0 or not ok, done.stdout + done.stderr
        return done.stdout + ("" if ok else done.stderr)

    def python(self, code: str) -> str:
        """Run code as `manage.py shell` would."""
        start = "import django; django.setup()\nimport proj\nfrom shop.tasks import *\n"
        return self.run(sys.executable, "-c", start + code).strip()

    def start(self, *command: str) -> Path:
        log = self.folder / f"{command[0]}.log"
        with log.open("wb") as file:
            self.processes.append(
                subprocess.Popen([*CELERY, *command], env=self.env, cwd=self.folder, stdout=file,
                                 stderr=file, start_new_session=True)
            )  # fmt: skip
        return log

    def worker(self) -> None:
        log = self.start("worker", "-c", "1", "-l", "INFO", "-n", "one@%h", "-E")
        until(lambda: b" ready." in log.read_bytes(), f"worker ready: {log}")


@pytest.fixture(params=["safe", "plain"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    made = Project(request.param, tmp_path)
    try:
        yield made
    finally:
        for process in made.processes:
            kill_tree(process)


def test_django_project_runs_its_shared_tasks(project: Project) -> None:
    project.worker()
    out = project.python(
        "print(add.apply_async((1, 2), countdown=1, priority=5, expires=60).get(timeout=60), whoami.delay().get(timeout=60))\n"
        "from celery import chain, group, chord\n"
        "print(chain(add.s(1), add.s(2)).apply_async().get(timeout=60))\n"
        "print(group(add.s(1), add.s(2)).apply_async().get(timeout=60))\n"
        "print(proj.app.conf.task_time_limit, sorted(t for t in proj.app.tasks if 'shop' in t))"
    )
    lines = out.splitlines()
    assert lines[0].startswith("3 [")
    assert lines[0].endswith("'one']")
    assert lines[1:] == [
        "4",
        "[2, 3]",
        "600 ['shop.tasks.add', 'shop.tasks.tick', 'shop.tasks.whoami']",
    ]


def test_delay_on_commit_waits_for_the_commit_and_forgets_on_rollback(project: Project) -> None:
    out = project.python(
        "from django.db import transaction\n"
        "sent = []\n"
        "proj.app.amqp.send_task_message = lambda p, name, *a, **k: sent.append(name)\n"
        "with transaction.atomic():\n"
        "    add.delay_on_commit(1); add.apply_async_on_commit((1,)); print(len(sent))\n"
        "print(len(sent))\n"
        "try:\n"
        "    with transaction.atomic():\n"
        "        add.delay_on_commit(1); 1 / 0\n"
        "except ZeroDivisionError: print(len(sent))"
    )
    assert out.split() == ["0", "2", "2"]


def test_celery_command_line(project: Project) -> None:
    project.worker()
    one = ("-d", f"one@{socket.gethostname()}", "-t", "30")
    assert "pong" in project.run(*CELERY, "inspect", "ping", *one)
    assert "shop.tasks.add" in project.run(*CELERY, "inspect", "registered", *one)
    task_id = project.run(*CELERY, "call", "shop.tasks.add", "--args", "[2]").strip()
    until(lambda: "3" in project.run(*CELERY, "result", task_id, ok=False).split(), "the result")
    assert "software -> celery:" in project.run(*CELERY, "report")
    assert "online" in project.run(*CELERY, "status", "-t", "5")
    assert "rate limit set" in project.run(
        *CELERY, "control", *one, "rate_limit", "shop.tasks.add", "10/m"
    )
    # It ends without a reply, so the command has nothing to wait for.
    project.run(*CELERY, "control", "-t", "1", "shutdown", ok=False)
    until(lambda: project.processes[0].poll() is not None, "the worker shuts down")
    project.python("[add.delay(n) for n in range(3)]")
    assert "Purged 3 messages" in project.run(*CELERY, "purge", "-f")


def test_beat_fires_what_is_added_after_finalize(project: Project) -> None:
    project.worker()
    project.start("beat", "-l", "INFO", "-s", str(project.folder / "schedule"))
    ticks = Path(project.env["TICKS"])
    until(lambda: ticks.exists() and ticks.read_text().count("tick") >= 2, "two ticks")
    os.killpg(project.processes[1].pid, signal.SIGTERM)


@pytest.mark.parametrize("kind", ["safe", "plain"])
def test_other_shapes_of_projects(kind: str, tmp_path: Path) -> None:
    """Custom bases, class-based tasks, a Flask-like factory, an app that is not the current one."""
    code = f"""
import pickle, warnings
warnings.simplefilter("ignore")
from celery import Celery, Task, shared_task, current_app
from celery_safe import SafeCelery
cls = dict(safe=SafeCelery, plain=Celery)[{kind!r}]

class Base(Task):
    def __call__(self, *args, **kwargs):
        return ["base", self.run(*args, **kwargs)]

app = cls("one", broker="memory://", task_cls=Base)
app.conf.task_always_eager = True

@app.task
def first(x): return x

class Second(Task):
    name = "second"
    def run(self, x): return [self.name, x]

second = app.register_task(Second())

def create(name):
    class ContextTask(Task):
        def __call__(self, *args, **kwargs):
            return ["context", self.run(*args, **kwargs)]
    made = cls(name, task_cls=ContextTask, broker="memory://")
    made.config_from_object(dict(task_always_eager=True, task_ignore_result=True))
    made.set_default()
    return made

flask = create("flask")

@shared_task(ignore_result=False)
def third(x): return x

flask.Task  # cached
other = cls("other", set_as_current=False, broker="memory://")
print(first.delay(1).get(), second.delay(2).get(), third.delay(3).get(), current_app.main, len(other.tasks) > 5)
print(first.s(1).apply_async().get(), (first.s(1) | first.s()).name, (app.set_current(), pickle.loads(pickle.dumps(first)).name)[1])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "['base', 1] ['second', 2] ['context', 3] flask True",
        "['base', 1] celery.chain one.first",
    ]


def test_threads_of_a_web_server_send_with_the_app(tmp_path: Path) -> None:
    code = """
import threading, warnings
warnings.simplefilter("ignore")
from celery import shared_task
from celery_safe import SafeCelery
app = SafeCelery("web", broker="memory://")

@shared_task
def job(): ...

seen = []
def handle():
    seen.append((job.app.main, job.acks_late, job.delay().id is not None))
threads = [threading.Thread(target=handle) for _ in range(5)]
[t.start() for t in threads]; [t.join() for t in threads]
print(set(seen))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "{('web', True, True)}", done.stderr
