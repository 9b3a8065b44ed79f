"""The index as a user sees it: what it lists, in text and in JSON that its schema describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.index import command

SHOP = {
    "shop/__init__.py": "from shop.app import app as celery_app\n",
    "shop/app.py": """
from celery import Celery
from celery.schedules import crontab
from shop.names import Queues

def make_celery():
    return Celery("shop", broker="redis://:secret@host/0")

app = Celery("shop")
other_celery = make_celery()
app.conf.beat_schedule = {
    "nightly": {"task": "shop.refund", "schedule": crontab(hour=3, minute=0), "args": (1,)},
    "gone": {"task": "shop.gone", "schedule": 60.0},
}
app.conf.task_routes = {"shop.mail.*": {"queue": Queues.MAIL}}
app.conf.broker_url = "redis://user:secret@host/0"
""",
    "shop/names.py": """
from enum import Enum

class Queues:
    MAIL = "mail"

class Names(str, Enum):
    REFUND = "refund"

PREFIX = "shop"
""",
    "shop/tasks.py": """
from functools import wraps
from celery import chain, group
from somewhere import unknown
from shop import celery_app
from shop.names import Names, PREFIX

class Base(celery_app.Task):
    pass

@celery_app.task(bind=True, base=Base, queue="slow")
def charge(self, order_id: int, /, amount=1, *, note: str = "", **more) -> None:
    refund.delay(order_id)

@celery_app.task(name=f"{PREFIX}.{Names.REFUND.value}")
@unknown
def refund(order_id): ...

@celery_app.task(name=Names.REFUND)
def named_by_member(): ...

@celery_app.task(name=__name__ + ".third")
async def third(): ...
""",
    "shop/views.py": """
from celery import chain
from functools import partial
from django.db import transaction
from shop.tasks import charge, refund
from elsewhere import thing

class View:
    def post(self, task):
        with transaction.atomic():
            charge.delay(1)
        charge.apply_async((1,), queue="fast")
        task.delay()
        thing.delay()
        transaction.on_commit(partial(charge.delay, 2))
        chain(charge.s(1), refund.si(2))()
        (charge.s(1) | refund.s())()
        chain(charge.s(1), refund.s()).apply_async()
""",
}


def index(*args: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in args])


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    result = index(write(tmp_path_factory.mktemp("p"), SHOP), "--output-format", "json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def by(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, Any]]:
    return {row[key]: row for row in rows}


def test_the_schema_describes_it_and_refuses_another(shop: dict[str, Any]) -> None:
    schema = json.loads(index("--schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(shop, schema)
    for key in (
        "apps",
        "tasks",
        "beat",
        "sends",
        "settings",
        "unknowns",
        "routes",
        "canvas",
        "transactions",
    ):
        assert shop[key], key
        wrong = json.loads(json.dumps(shop))
        wrong[key][0]["line"] = "1"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_apps_factories_and_exports(shop: dict[str, Any]) -> None:
    apps = [(a["name"], a["main"], a["factory"], a["exported_as"]) for a in shop["apps"]]
    assert apps == [
        (None, "shop", "make_celery", []),
        ("app", "shop", None, ["shop.celery_app"]),
        ("other_celery", None, "shop.app.make_celery", []),
    ]


def test_names_are_those_that_celery_computes(shop: dict[str, Any]) -> None:
    names = {t["function"]: (t["name"], t["name_from"]) for t in shop["tasks"]}
    assert names == {
        "charge": ("shop.tasks.charge", "module"),
        "refund": ("shop.refund", "written"),
        "named_by_member": ("refund", "written"),
        "third": ("shop.tasks.third", "written"),
    }


def test_a_task_with_its_signature(shop: dict[str, Any]) -> None:
    task = by(shop["tasks"], "function")["charge"]
    assert (
        task["signature"] == "(self, order_id: int, /, amount=1, *, note: str='', **more) -> None"
    )
    assert [(p["name"], p["kind"], p["default"], p["required"]) for p in task["parameters"]] == [
        ("order_id", "positional-only", None, True),
        ("amount", "positional-or-keyword", "1", False),
        ("note", "keyword-only", "''", False),
        ("more", "var-keyword", None, False),
    ]
    assert task["is_bound"]
    assert task["bases"] == ["shop.tasks.Base", "shop.app.app.Task"]
    assert by(shop["tasks"], "function")["third"]["is_async"]


def test_queues_by_send_route_option_and_default(shop: dict[str, Any]) -> None:
    assert {t["function"]: t["queue"] for t in shop["tasks"]}["charge"] == "slow"
    assert {t["function"]: t["queue"] for t in shop["tasks"]}["refund"] == "celery"
    assert [(r["pattern"], r["queue"]) for r in shop["routes"]] == [("shop.mail.*", "mail")]
    assert [q["name"] for q in shop["queues"]] == ["celery", "fast", "mail", "slow"]
    assert by(shop["sends"], "queue")["fast"]["task"] == "shop.tasks.charge"


def test_sends_with_their_sender_and_why_not(shop: dict[str, Any]) -> None:
    rows = [(s["sender"], s["sender_task"], s["task"], s["in_transaction"]) for s in shop["sends"]]
    assert ("charge", "shop.tasks.charge", "shop.refund", False) in rows
    assert ("View.post", None, "shop.tasks.charge", True) in rows
    why = {s["receiver"]: s["why"] for s in shop["sends"]}
    assert "parameter" in why["task"]
    assert why["thing"] == "elsewhere.thing is not of this project"
    assert why["refund"] is None
    passed = [(s["method"], s["task"]) for s in shop["sends"] if s["is_passed"]]
    assert passed == [("delay", "shop.tasks.charge")]
    whole = next(s for s in shop["sends"] if s["receiver_kind"] == "canvas")
    assert (whole["task"], whole["tasks"]) == (None, ["shop.tasks.charge", "shop.refund"])


def test_canvas_by_call_and_by_pipe(shop: dict[str, Any]) -> None:
    both = ["shop.tasks.charge", "shop.refund"]
    assert [(c["kind"], c["tasks"]) for c in shop["canvas"]] == [("chain", both)] * 3


def test_beat_entries_and_the_tasks_they_start(shop: dict[str, Any]) -> None:
    nightly, gone = shop["beat"]
    assert (nightly["name"], nightly["resolved"], nightly["kind"], nightly["args"]) == (
        "nightly", "shop.refund", "crontab", "(1,)",
    )  # fmt: skip
    assert (gone["resolved"], gone["kind"], gone["schedule"]) == (None, "interval", "60.0")
    assert gone["why"] == "no task of the project is called shop.gone"


def test_transactions_and_settings_without_passwords(shop: dict[str, Any]) -> None:
    assert [(t["kind"], t["line"], t["end_line"]) for t in shop["transactions"]] == [
        ("with", 10, 11)
    ]
    url = by(shop["settings"], "name")["broker_url"]
    assert url["value"] == "redis://user:***@host/0"
    assert "secret" not in json.dumps(shop)


def test_unknown_decorators_are_said(shop: dict[str, Any]) -> None:
    whats = [u["what"] for u in shop["unknowns"] if u["kind"] == "decorator"]
    assert whats == ["the decorator somewhere.unknown is not in the project"]


def test_tasks_of_nobody_are_said(shop: dict[str, Any]) -> None:
    whats = [u["what"] for u in shop["unknowns"] if u["kind"] == "task"]
    assert whats == ["beat entry gone: no task of the project is called shop.gone"]


def test_a_broken_file_is_2_and_the_rest_is_printed(tmp_path: Path) -> None:
    write(tmp_path, {**SHOP, "broken.py": "import celery\ndef f(:\n"})
    result = index(tmp_path, "--output-format", "json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert len(document["tasks"]) == 4
    assert [u["path"] for u in document["unknowns"] if u["kind"] == "file"] == [
        str(tmp_path / "broken.py")
    ]
    assert "broken.py syntax error" in result.stderr


@pytest.mark.parametrize("depth", [100, 180, 250, 400, 900])
def test_deep_nesting_is_said_and_the_rest_is_printed(tmp_path: Path, depth: int) -> None:
    deep = "from celery import shared_task\n@shared_task(name=a{0})\ndef t(x=a{0}): a{0}.delay()\n"
    write(tmp_path, {**SHOP, "deep.py": deep.format("()" * depth)})
    result = index(tmp_path, "--output-format", "json")
    assert result.exit_code in (0, 2)
    document = json.loads(result.stdout)
    assert {"charge", "refund"} < {t["function"] for t in document["tasks"]}
    said = [u["what"] for u in document["unknowns"] if u["kind"] == "file"]
    assert (result.exit_code == 2) == bool(said)
    assert all("nested too deeply" in what for what in said)
    assert said or len(document["tasks"]) == 5


def test_text_counts_and_names(tmp_path: Path) -> None:
    result = index(write(tmp_path, SHOP))
    assert "tasks (4)\n" in result.stdout
    assert "shop/tasks.py:12: shop.tasks.charge(self, order_id: int" in result.stdout
    assert "thing.delay -> ? (elsewhere.thing is not of this project)" in result.stdout
    assert "secret" not in result.stdout
    assert result.stdout.endswith("4 tasks in 5 files.\n")


def test_a_missing_path_and_none_are_2(tmp_path: Path) -> None:
    assert "no such file or folder" in index(tmp_path / "gone").stderr
    assert index(tmp_path / "gone").exit_code == 2
    assert "name the files or folders" in index().stderr


def test_a_pool_of_processes_sends_no_task(tmp_path: Path) -> None:
    code = (
        "{}from celery import shared_task\n"
        "@shared_task\n"
        "def charge(): pass\n"
        "def work(pool):\n"
        "    pool.apply_async(print, (1,))\n"
        "    charge.apply_async()\n"
    )
    (tmp_path / "plain.py").write_text(code.format(""))
    (tmp_path / "jobs.py").write_text(code.format("import multiprocessing\n"))
    result = index(tmp_path, "--output-format", "json")
    sends = json.loads(result.stdout)["sends"]
    assert [(Path(s["path"]).name, s["receiver"]) for s in sends] == [
        ("jobs.py", "charge"),
        ("plain.py", "pool"),
        ("plain.py", "charge"),
    ]
