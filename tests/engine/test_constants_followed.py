"""What an option is, though a constant, a dictionary, a base class or another file gives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]

CONSTANTS = """
HOUR = 60 * 60
SHORT = HOUR // 60
LIMITS = {"soft_time_limit": HOUR, "time_limit": SHORT}
TWICE = 5
TWICE = 7
GROWN = 5
GROWN += 3600
class Times:
    LONG = 7200
"""
TASK = (
    "from celery import shared_task\n{imports}\n@shared_task(name='a', {options})\ndef a(): pass\n"
)


@pytest.mark.parametrize(
    ("imports", "options"),
    [
        ("from shop.times import HOUR, SHORT", "soft_time_limit=HOUR, time_limit=SHORT"),
        ("from .times import HOUR as H", "soft_time_limit=H, time_limit=H"),
        ("from .times import *", "soft_time_limit=HOUR, time_limit=SHORT"),
        ("from shop import times", "soft_time_limit=times.HOUR, time_limit=times.SHORT"),
        ("import shop.times", "soft_time_limit=shop.times.HOUR, time_limit=60"),
        ("from shop import HOUR", "soft_time_limit=HOUR, time_limit=60"),
        ("from .times import Times", "soft_time_limit=Times.LONG, time_limit=3600"),
        ("from .times import LIMITS", "**LIMITS"),
        ("from .times import LIMITS", "**{**LIMITS, 'time_limit': 1}"),
        ("from .times import LIMITS", "**(LIMITS | {'queue': 'x'})"),
        ("from .times import HOUR", "**dict(soft_time_limit=HOUR, time_limit=1)"),
    ],
)
def test_the_soft_limit_of_another_file_is_seen(lint: Lint, imports: str, options: str) -> None:
    files = {
        "shop/__init__.py": "from .times import HOUR\n",
        "shop/times.py": CONSTANTS,
        "shop/tasks.py": TASK.format(imports=imports, options=options),
    }
    assert lint(files, "CS115") == [("shop/tasks.py", 3)]


@pytest.mark.parametrize(
    "options",
    [
        "soft_time_limit=TWICE, time_limit=6",
        "soft_time_limit=6, time_limit=GROWN",
        "soft_time_limit=SHORT, time_limit=HOUR",
        "**{**LIMITS, 'time_limit': 7200}",
        "soft_time_limit=UNKNOWN, time_limit=1",
    ],
)
def test_what_may_be_another_value_is_not_guessed(lint: Lint, options: str) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/times.py": CONSTANTS,
        "shop/tasks.py": TASK.format(imports="from .times import *", options=options),
    }
    assert lint(files, "CS115") == []


def test_a_parameter_hides_a_constant(lint: Lint) -> None:
    code = """from celery import shared_task
LIMIT = 5
def make(LIMIT):
    @shared_task(name="a", soft_time_limit=60, time_limit=LIMIT)
    def a(): pass
    return a
"""
    assert lint({"tasks.py": code}, "CS115") == []


BASES = """from celery import Task
class Patient(Task):
    soft_time_limit = 60
class Short(Patient):
    time_limit = 30
    def on_failure(self, *args): pass
class Computed(Patient):
    @property
    def time_limit(self): return 5
class Made(Patient):
    time_limit = 30
    def __init__(self): self.time_limit = 90
"""


@pytest.mark.parametrize(
    ("base", "found"), [("Short", True), ("Patient", False), ("Computed", False)]
)
def test_options_are_inherited(lint: Lint, base: str, found: bool) -> None:
    files = {
        "bases.py": BASES,
        "tasks.py": TASK.format(imports=f"from bases import {base}", options=f"base={base}"),
    }
    assert lint(files, "CS115") == ([("tasks.py", 3)] if found else [])


def test_a_base_that_sets_options_itself_is_unknown(lint: Lint) -> None:
    files = {
        "bases.py": BASES,
        "tasks.py": TASK.format(imports="from bases import Made", options="base=Made, speed=5"),
    }
    assert lint(files, "CS103") == []
    files["tasks.py"] = TASK.format(
        imports="from bases import Short", options="base=Short, speed=5"
    )
    assert lint(files, "CS103") == [("tasks.py", 3)]


def test_a_name_is_never_inherited(lint: Lint) -> None:
    files = {
        "bases.py": "from celery import Task\nclass Named(Task):\n    name = 'x'\n",
        "tasks.py": "from celery import shared_task\nfrom bases import Named\n"
        "@shared_task(base=Named)\ndef a(): pass\n",
    }
    assert lint(files, "CS101") == [("tasks.py", 3)]


HELPERS = """from contextlib import contextmanager
def pay(order):
    try:
        order.pay()
    except Exception:
        print("no")
@contextmanager
def quietly():
    try:
        yield
    except Exception:
        print("no")
def unused(order):
    try:
        order.pay()
    except Exception:
        print("no")
"""


@pytest.mark.parametrize(
    ("imports", "body", "line"),
    [
        ("from helpers import pay", "pay(order)", 5),
        ("import helpers", "helpers.pay(order)", 5),
        ("from helpers import quietly as q", "with q(): order.pay()", 11),
        ("from middle import pay_all", "pay_all(order)", 0),
        ("from helpers import pay", "order.pay()", 0),
    ],
)
def test_what_swallows_a_soft_limit_in_another_file(
    lint: Lint, imports: str, body: str, line: int
) -> None:
    files = {
        "helpers.py": HELPERS,
        "middle.py": "from helpers import pay\ndef pay_all(orders):\n    pay(orders)\n",
        "tasks.py": f"from celery import shared_task\n{imports}\n"
        f"@shared_task(name='a', soft_time_limit=5)\ndef a(order):\n    {body}\n",
    }
    assert lint(files, "CS303") == ([("helpers.py", line)] if line else [])
