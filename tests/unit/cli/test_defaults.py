"""`celery-safe defaults`: the table, and who set what in a project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from celery_safe.defaults import TABLE

CONFIG = "task_time_limit = 600\nbroker_transport_options = {'socket_timeout': 9}\n"
PROJECT = """
from celery_safe import SafeCelery
app = SafeCelery("proj", broker="redis://:secret@localhost/0", worker_prefetch_multiplier=2,
                 waive={"accept_content": "until Q3"})
app.config_from_object("proj_config")
app.conf.accept_content = ["json", "pickle"]
"""


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("celery-safe")), "defaults", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "proj.py").write_text(PROJECT)
    (tmp_path / "proj_config.py").write_text(CONFIG)
    return tmp_path


def test_without_an_app_it_prints_the_table(tmp_path: Path) -> None:
    text = run(tmp_path)
    assert text.returncode == 0
    for row in TABLE:
        assert f"{row.setting} = " in text.stdout
        assert row.incident in text.stdout
    rows = json.loads(run(tmp_path, "--output-format", "json").stdout)
    assert [r["setting"] for r in rows] == [r.setting for r in TABLE]
    assert all(r["how_to_waive"] for r in rows)


def test_with_an_app_it_says_what_is_in_force_and_who_set_it(project: Path) -> None:
    done = run(project, "-A", "proj", "--output-format", "json")
    assert done.returncode == 0, done.stderr
    found = {r["setting"]: (r["in_force"], r["set_by"]) for r in json.loads(done.stdout)}
    assert found["task_acks_late"] == (True, "celery-safe")
    assert found["task_time_limit"] == (600, "your configuration")
    assert found["task_soft_time_limit"] == (50, "celery-safe")
    assert found["worker_prefetch_multiplier"] == (2, "your code")
    assert found["accept_content"] == (["json", "pickle"], "your code")
    assert found["broker_transport_options.socket_timeout"] == (9, "your configuration")
    assert found["broker_transport_options.socket_connect_timeout"] == (5, "celery-safe")
    assert found["broker_transport_options.confirm_publish"] == (None, "not used")
    waived = {r["setting"]: r["waived"] for r in json.loads(done.stdout)}
    assert waived["accept_content"] == "until Q3"
    text = run(project, "-A", "proj").stdout
    assert "waived: until Q3" in text
    assert "(ours: 60)" in text
    assert "secret" not in text + done.stdout


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("nothere", None, "-A nothere: cannot be imported: ModuleNotFoundError"),
        ("plain", "from celery import Celery; app = Celery()", "is a Celery, not a SafeCelery"),
        ("broken", "1 / 0", "ZeroDivisionError"),
        ("exits", "import sys; sys.exit(0)", "cannot be imported: SystemExit"),
        ("astray", "from celery_safe import SafeCelery; app = SafeCelery(); app.config_from_object('no_such')", "cannot be configured: ModuleNotFoundError: No module named 'no_such'"),
        ("untasked", "from celery_safe import SafeCelery; app = SafeCelery(imports=['no_tasks'])", "cannot be configured: ModuleNotFoundError: No module named 'no_tasks'"),
        ("unsafe", "from celery_safe import SafeCelery; app = SafeCelery(accept_content=['pickle'])", "waive="),
    ],
)  # fmt: skip
def test_an_app_that_cannot_be_asked_is_one_line_and_exit_2(
    tmp_path: Path, name: str, source: str | None, said: str
) -> None:
    if source:
        (tmp_path / f"{name}.py").write_text(source)
    done = run(tmp_path, "-A", name)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_waivers_without_a_row_and_limits_that_do_not_fit_are_said(tmp_path: Path) -> None:
    (tmp_path / "proj.py").write_text(
        "from celery_safe import SafeCelery\n"
        "app = SafeCelery('proj', broker='redis://:secret@localhost/0', imports=['proj_tasks'],\n"
        "    waive={'task_acks_on_failure_or_timeout': 'until Q3'},\n"
        "    task_acks_on_failure_or_timeout=False,\n"
        "    broker_transport_options={'visibility_timeout': 90, 'consumer_lease': None})\n"
    )
    (tmp_path / "proj_tasks.py").write_text(
        "from proj import app\n@app.task(name='proj.report', time_limit=100)\ndef report(): ...\n"
    )
    done = run(tmp_path, "-A", "proj")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1].split(maxsplit=2)
    assert last[:2] == ["task_acks_on_failure_or_timeout", "false"]
    assert last[2] == "your code, waived: until Q3 (ours: true)"
    assert "visibility_timeout is 90 s, the time limit of proj.report is 100 s" in done.stderr
