"""Rules follow the version of Celery that the project requires, or that is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from celery_safe.cli.lint import command
from lint_rules._engine.config import Config, ConfigError, load
from lint_rules._engine.rules import all_rules, check_paths

APP = (
    "from celery import Celery\napp = Celery('shop')\n"
    "app.config_from_object('settings', namespace='CELERY')\n"
)


def messages(folder: Path, code: str, requirements: str, settings: str, given: str = "") -> str:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(requirements)
    (folder / "shop.py").write_text(APP)
    (folder / "settings.py").write_text(settings)
    rules = [r for r in all_rules() if r.code == code]
    found = check_paths([folder], Config(celery_version=given), rules).findings
    return "\n".join(f.message for f in found)


def test_a_setting_that_came_later(tmp_path: Path) -> None:
    setting = "CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10\n"
    said = messages(tmp_path, "CS510", "celery==5.4.0\n", setting)
    assert said.endswith("Celery 5.4 (requirements.txt) does not have it, it is new in 5.5")
    assert messages(tmp_path, "CS510", "celery>=5.4\n", setting) == ""
    assert messages(tmp_path, "CS510", "celery==5.4.0\n", setting, given="5.5") == ""
    assert "5.4 (celery-version)" in messages(tmp_path, "CS510", "", setting, given="5.4.1")


def test_an_option_that_came_later(tmp_path: Path) -> None:
    task = "@app.task(name='a', pydantic=True, max_retry=3)\ndef a(): pass\n"
    (tmp_path / "tasks.py").write_text(APP + task)
    said = messages(tmp_path, "CS103", "celery==5.4.0\n", "").splitlines()
    assert said == [
        "Celery has no task option pydantic and ignores it: "
        "Celery 5.4 (requirements.txt) does not have it, it is new in 5.5",
        "Celery has no task option max_retry and ignores it; did you mean max_retries?",
    ]
    assert "pydantic" not in messages(tmp_path, "CS103", "celery>=5.4\n", "")
    assert "pydantic" not in messages(tmp_path, "CS103", "celery==5.4.0\n", "", given="5.5")


def test_a_deprecated_setting(tmp_path: Path) -> None:
    setting = "CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = False\n"
    assert "write task_acks_on_failure and" in messages(tmp_path, "CS510", "celery==5.7.0", setting)
    assert messages(tmp_path, "CS510", "celery==5.6.0", setting) == ""


def test_old_names_are_read_since_5_7(tmp_path: Path) -> None:
    setting = "CELERYD_CONCURRENCY = 4\n"
    assert "before 5.7" in messages(tmp_path, "CS502", "celery==5.6.3\n", setting)
    assert "before 5.7" in messages(tmp_path, "CS502", "", setting)
    assert "before 5.7" in messages(tmp_path, "CS502", "celery>=5.5\n", setting)
    assert messages(tmp_path, "CS502", "celery>=5.7\n", setting) == ""


def test_the_option_and_the_key(tmp_path: Path) -> None:
    messages(tmp_path, "CS502", "celery==5.7.0\n", "CELERYD_CONCURRENCY = 4\n")
    runner = CliRunner()
    select = [str(tmp_path), "--select", "CS502"]
    assert runner.invoke(command, select).exit_code == 0
    assert runner.invoke(command, [*select, "--celery-version", "5.6"]).exit_code == 1
    wrong = runner.invoke(command, [*select, "--celery-version", "five"])
    assert wrong.exit_code == 2
    assert "--celery-version must be a version such as '5.6', not 'five'" in wrong.output
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.celery-safe.lint]\ncelery-version = "5.6"\n')
    assert load(tmp_path).celery_version == "5.6"
    assert runner.invoke(command, select).exit_code == 1
    file.write_text("[tool.celery-safe.lint]\ncelery-version = 5.6\n")
    with pytest.raises(ConfigError, match=r"toml:2: celery-version must be a version"):
        load(tmp_path)
