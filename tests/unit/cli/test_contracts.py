"""`celery-safe contracts`: the arguments of tasks as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from celery_safe.cli.contracts import command

TASKS = '''
from typing import Annotated, Any, Literal, Optional, Union
from celery import shared_task
from shop.money import Money

@shared_task(name="shop.refund", bind=True, queue="money")
def refund(self, order_id: int, amount: "Optional[float]" = None, *, mode: Literal["a", "b"] = "a"):
    """Not a part of the contract."""

@shared_task(name="shop.charge")
def charge(a, /, b: list[int], c: dict[str, str | None], d: tuple[int, str], *more: int, **rest: str):
    ...

@shared_task
def mail(to: Money, at=Money(1), when: Union[int, Any] = (1, 2), note: Annotated[str, "x"] = "é"):
    ...
'''


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments])


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    file = tmp_path / "tasks.py"
    file.write_text(TASKS, "utf-8")
    return file


def schema(*arguments: object) -> dict[str, Any]:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    document: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator.check_schema(document)
    for one in document["$defs"].values():
        Draft202012Validator.check_schema(one)
    return document


def test_each_task_has_its_arguments(tasks: Path) -> None:
    tasks_of = schema(tasks)["$defs"]
    assert list(tasks_of) == ["shop.charge", "shop.refund", "tasks.mail"]
    assert tasks_of["shop.refund"] == {
        "type": "object",
        "properties": {
            "order_id": {"type": "integer"},
            "amount": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
            "mode": {"enum": ["a", "b"], "default": "a"},
        },
        "required": ["order_id"],
        "additionalProperties": False,
        "x-positional": ["order_id", "amount"],
        "x-queue": "money",
    }
    charge = tasks_of["shop.charge"]
    assert charge["additionalProperties"] == {"type": "string"}
    assert charge["x-more-positional"] == {"type": "integer"}
    assert charge["x-only-positional"] == ["a"]
    assert charge["properties"]["d"]["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert tasks_of["tasks.mail"]["properties"] == {
        "to": {"x-python": "Money"},
        "at": {"x-default": "Money(1)"},
        "when": {"default": [1, 2]},
        "note": {"type": "string", "default": "é"},
    }


def test_the_schema_validates_arguments(tasks: Path) -> None:
    refund = Draft202012Validator(schema(tasks)["$defs"]["shop.refund"])
    assert refund.is_valid({"order_id": 1, "mode": "b"})
    assert not refund.is_valid({"order_id": "1"})
    assert not refund.is_valid({"order_id": 1, "note": ""})
    assert not refund.is_valid({})


def test_check_tells_what_changed(tasks: Path, tmp_path: Path) -> None:
    file = tmp_path / "contracts.json"
    file.write_text(json.dumps(schema(tasks)), "utf-8")
    same = run(tasks, "--check", file)
    assert (same.exit_code, same.output) == (0, "")
    tasks.write_text(TASKS.replace("order_id: int,", "order_id: str,"), "utf-8")
    changed = run(tasks, "--check", file)
    assert changed.exit_code == 1
    assert '-          "type": "integer"\n+          "type": "string"\n' in changed.stdout


def test_the_order_of_files_and_tasks_does_not_matter(tasks: Path, tmp_path: Path) -> None:
    before = run(tmp_path).stdout
    head, *parts = TASKS.split("@shared_task")
    tasks.write_text("@shared_task".join([head, *reversed(parts)]), "utf-8")
    assert run(tmp_path).stdout == before


def test_two_tasks_of_one_name_are_both_there(tmp_path: Path) -> None:
    text = "from celery import shared_task\n@shared_task(name='x')\ndef f({}): ...\n"
    (tmp_path / "a.py").write_text(text.format("a"))
    (tmp_path / "b.py").write_text(text.format("b"))
    assert len(schema(tmp_path)["$defs"]["x"]["anyOf"]) == 2


def test_tasks_of_tests_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_tasks.py").write_text(TASKS, "utf-8")
    assert schema(tmp_path)["$defs"] == {}


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    text = "from celery import shared_task\n@shared_task(name=name_of())\ndef f(): ...\n"
    (tmp_path / "a.py").write_text(text)
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "a.py:3 the name of task f is unknown" in result.stderr


@pytest.mark.parametrize("content", [None, "{"], ids=["missing", "no JSON"])
def test_a_bad_file_to_check_is_2(tasks: Path, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "old.json"
    if content is not None:
        file.write_text(content)
    result = run(tasks, "--check", file)
    assert result.exit_code == 2
    assert "old.json" in result.stderr


def test_what_cannot_be_read_is_2(tasks: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from celery import (\n")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "broken.py" in result.stderr
    assert "shop.charge" in result.stdout
    assert run(tmp_path / "none").exit_code == 2
    assert tasks.exists()
