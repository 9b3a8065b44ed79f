"""What changes for a task by another file than its own, between two revisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths
from lint_rules._engine.since import Revision

TASKS = """from celery import Celery, Task
from shop.names import Base, NAME, QUEUE, Run

app = Celery("shop")


@app.task(name=NAME)
def named(order_id):
    print("named", order_id)


@app.task(name="shop.queued", queue=QUEUE)
def queued(order_id):
    print("queued", order_id)


@app.task(name="shop.based", base=Base)
def based(order_id):
    print("based", order_id)


class Charge(Run):
    name = "shop.charge"


app.register_task(Charge())
"""
NAMES = """from celery import Task

NAME = "shop.named"
QUEUE = "fast"


class Base(Task):
    queue = "slow"


class Run(Task):
    def run(self, order_id):
        print("run", order_id)
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("shop.named", "shop.renamed", ["CS702"]),
        ('QUEUE = "fast"', 'QUEUE = "faster"', ["CS707"]),
        ('    queue = "slow"', '    queue = "slower"', ["CS707"]),
        ("run(self, order_id)", "run(self, order_id, currency)", ["CS703"]),
        ("class Run", "\n\nclass Run", []),
    ],
    ids=["name", "queue", "base", "run", "nothing"],
)
def test_what_another_file_changes(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    files = {"__init__.py": "", "tasks.py": TASKS, "names.py": NAMES.replace(old, new)}
    for name, text in files.items():
        (package / name).write_text(text)
    before = Revision("main", {package / "names.py": NAMES.encode()})
    rules = [rule for rule in all_rules() if rule.code.startswith("CS7")]
    result = check_paths([tmp_path], Config(), rules, before=before)
    assert [f.code for f in result.findings] == expected
