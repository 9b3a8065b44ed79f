"""The index of small projects: tasks by class, modules imported by a call, names, transactions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from celery_safe.cli.index import command


def index(folder: Path, files: dict[str, str]) -> dict[str, Any]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = CliRunner().invoke(command, [str(folder), "--output-format", "json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_tasks_by_class_and_by_a_decorator_of_the_project(tmp_path: Path) -> None:
    text = """
from celery import Celery, Task, shared_task
app = Celery("shop")

def slow(function):
    return shared_task(queue="slow", acks_late=True)(function)

@slow
def report(): ...

class Charge(Task):
    name = "shop.charge"
    def run(self, order_id): ...

app.register_task(Charge())
"""
    tasks = index(tmp_path, {"jobs.py": text})["tasks"]
    assert [(t["kind"], t["line"], t["name"], t["queue"]) for t in tasks] == [
        ("function", 9, "jobs.report", "slow"),
        ("class", 11, "shop.charge", "celery"),
    ]
    assert tasks[0]["options"] == {"queue": "'slow'", "acks_late": "True"}
    assert [p["name"] for p in tasks[1]["parameters"]] == ["order_id"]
    assert tasks[1]["bases"] == ["celery.Task"]


def test_modules_imported_by_a_call_and_what_only_looks_like_a_send(tmp_path: Path) -> None:
    text = """
import importlib, inspect
from celery import shared_task
later = importlib.import_module("other.tasks")
unknown = importlib.import_module(name)

def send(order):
    tasks = importlib.import_module("shop.tasks")
    tasks.charge.delay(order)
    later.refund.delay(order)
    unknown.refund.delay(order)
    inspect.signature(send)
    order.file.chunks()
"""
    app = "from celery import shared_task\n@shared_task\ndef {}(order): ...\n"
    files = {
        "shop/__init__.py": "", "shop/tasks.py": app.format("charge"), "shop/send.py": text,
        "other/__init__.py": "", "other/tasks.py": app.format("refund"),
    }  # fmt: skip
    sends = index(tmp_path, files)["sends"]
    assert [(s["receiver"], s["task"]) for s in sends] == [
        ("tasks.charge", "shop.tasks.charge"),
        ("later.refund", "other.tasks.refund"),
        ("unknown.refund", None),
    ]


def test_transactions_by_decorators(tmp_path: Path) -> None:
    text = """
from celery import shared_task
from django.db import transaction
from django.utils.decorators import method_decorator

@method_decorator(transaction.atomic, name="post")
class View:
    def post(self): ...

    @method_decorator(transaction.atomic)
    def get(self): ...

    @transaction.atomic
    def put(self): ...
"""
    rows = index(tmp_path, {"views.py": text})["transactions"]
    assert [(r["line"], r["end_line"], r["kind"]) for r in rows] == [
        (6, 14, "decorator"), (10, 11, "decorator"), (13, 14, "decorator"),
    ]  # fmt: skip


@pytest.mark.parametrize(("body", "name"), [("name", "charge"), ("made_up(name)", None)])
def test_names_of_gen_task_name(tmp_path: Path, body: str, name: str | None) -> None:
    text = f"""
from celery import Celery
class Shop(Celery):
    def gen_task_name(self, name, module):
        return {body}
app = Shop("shop")
@app.task
def charge(): ...
"""
    document = index(tmp_path, {"jobs.py": text})
    (task,) = document["tasks"]
    assert (task["name"], task["name_from"]) == (name, "gen_task_name")
    assert [u["kind"] for u in document["unknowns"]] == ([] if name else ["names"])
