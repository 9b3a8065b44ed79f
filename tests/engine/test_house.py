"""The table of house rules in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import ConfigError, load
from lint_rules._engine.rules import all_rules, check_paths

WRONG = {
    'requird-task-options = ["time_limit"]': "has no key 'requird-task-options' (did you mean 'required-task-options'?)",
    'required-task-options = ["time_limt"]': "no task option 'time_limt' (did you mean 'time_limit'?)",
    'required-task-options = ["time_limit|sof"]': "no task option 'sof'",
    'required-task-options = "time_limit"': "must be a list of strings, not 'time_limit'",
    "required-task-options = []": "must be a list of strings",
    'banned-dispatch = ["dely"]': "nothing is sent by 'dely' (did you mean 'delay'?)",
    'dispatch-through = "shop.send"': "needs house.banned-dispatch",
    'banned-dispatch = ["delay"]\ndispatch-through = "send"': "write the module and the name",
    'required-decorators = ["traced"]': "write the module and the name",
    'queues-by-path = ["mail"]': "must be a table",
    'queues-by-path = {"a" = 1}': "must be a list of strings, not 1",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.celery-safe.lint.house]\n{text}\n")
    with pytest.raises(ConfigError) as error:
        load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/pyproject.toml:1: house")
    assert WRONG[text] in str(error.value)


def test_house_must_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.celery-safe.lint]\nhouse = 1\n")
    with pytest.raises(ConfigError, match="house must be a table, not 1"):
        load(tmp_path)


def test_paths_are_relative_to_the_configuration_and_the_sender_is_free(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[tool.celery-safe.lint.house]\n"
        'banned-dispatch = ["delay"]\ndispatch-through = "shop.outbox.send"\n'
        'queues-by-path = {"shop/mail/*" = ["mail", "bulk"]}\n',
        "shop/__init__.py": "",
        "shop/outbox.py": "from shop.mail.tasks import a\ndef send(x):\n    a.delay(x)\n",
        "shop/view.py": "from shop.mail.tasks import a\ndef view(x):\n    a.delay(x)\n",
        "shop/mail/__init__.py": "",
        "shop/mail/tasks.py": "from celery import shared_task\n"
        "@shared_task(name='a', queue='bulk')\ndef a(x): pass\n"
        "@shared_task(name='b')\ndef b(x): pass\n",
        "shop/tasks.py": "from celery import shared_task\n@shared_task(name='c')\ndef c(x): pass\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    rules = [r for r in all_rules() if r.code.startswith("CS19")]
    result = check_paths([tmp_path], load(tmp_path / "shop"), rules)
    found = [
        (Path(f.path).relative_to(tmp_path).as_posix(), f.line, f.code) for f in result.findings
    ]
    assert found == [("shop/mail/tasks.py", 4, "CS193"), ("shop/view.py", 3, "CS191")]
