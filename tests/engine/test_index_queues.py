"""Queues of the index, by the order in which Celery itself asks for them, and signatures by name."""

from __future__ import annotations

import json
from pathlib import Path

from celery import Celery

from tests.engine.test_index_command import index, write


def test_what_the_task_or_its_base_says_wins_over_a_route(tmp_path: Path) -> None:
    shop = """
from celery import Celery, Task

class Slow(Task):
    queue = "slow"

class Slower(Slow):
    pass

app = Celery("shop")
app.conf.task_routes = {"t.*": {"queue": "routed"}, "t.exact": {"queue": "exact"}}

@app.task(name="t.option", queue="own")
def option(): ...

@app.task(name="t.based", base=Slower)
def based(): ...

@app.task(name="t.exact")
def exact(): ...

@app.task(name="t.other")
def other(): ...

@app.task(name="other")
def default(): ...
"""
    folder = write(tmp_path, {"shop.py": shop})
    result = index(folder, "--output-format", "json")
    queues = {t["function"]: t["queue"] for t in json.loads(result.stdout)["tasks"]}
    assert queues == {
        "option": "own", "based": "slow", "exact": "exact", "other": "routed", "default": "celery",
    }  # fmt: skip


def test_routes_and_options_as_celery_takes_them() -> None:
    app = Celery("shop", set_as_current=False)
    app.conf.task_routes = {"t.*": {"queue": "routed"}, "t.exact": {"queue": "exact"}}
    router = app.amqp.router
    assert router.route({"queue": "own"}, "t.option")["queue"].name == "own"
    assert router.route({}, "t.exact")["queue"].name == "exact"
    assert router.route({}, "t.other")["queue"].name == "routed"


def test_signatures_by_name_are_listed(tmp_path: Path) -> None:
    shop = """
import inspect
from celery import Celery, chain, signature

app = Celery("shop")

@app.task(name="t.a")
def a(): ...

PLAN = chain(signature("t.a"), app.signature("t.gone"))
inspect.signature(a)
made = inspect.getmodule(a)
made.signature("t.gone")
signature(made)
"""
    result = index(write(tmp_path, {"shop.py": shop}), "--output-format", "json")
    sends = json.loads(result.stdout)["sends"]
    assert [(s["receiver"], s["method"], s["task"], s["receiver_kind"]) for s in sends] == [
        ("celery", "signature", "t.a", "name"),
        ("app", "signature", None, "unknown"),
    ]
    assert sends[1]["why"] == "no task of the project is called t.gone"
