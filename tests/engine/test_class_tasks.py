"""Class-based tasks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]

APP = "from celery import Celery, Task\napp = Celery('shop')\n"
CHARGE = "class Charge({base}):\n    {body}\n    def run(self, order_id): pass\n"


def shop(base: str = "Task", body: str = "pass", end: str = "app.register_task(Charge())\n") -> str:
    return APP + CHARGE.format(base=base, body=body) + end


@pytest.mark.parametrize(
    "end",
    [
        "app.register_task(Charge())\n",
        "app.register_task(Charge)\n",
        "charge = app.register_task(Charge())\n",
        "Charge = app.register_task(Charge())\n",
        "app.tasks.register(Charge())\n",
    ],
)
def test_what_is_registered_is_a_task(lint: Lint, end: str) -> None:
    files = {"shop.py": shop(end=end)}
    assert lint(files, "CS101") == [("shop.py", 3)]
    assert lint(files, "CS102") == [("shop.py", 5)]


@pytest.mark.parametrize("end", ["", "registry.register(Charge())\n"])
def test_what_is_not_registered_is_not(lint: Lint, end: str) -> None:
    assert lint({"shop.py": shop(end=end)}, "CS102") == []


def test_its_options_are_in_its_body(lint: Lint) -> None:
    body = "name = 'shop.charge'; soft_time_limit = 9; time_limit = 5"
    files = {"shop.py": shop(body=body)}
    assert lint(files, "CS101") == []
    assert lint(files, "CS115") == [("shop.py", 4)]


def test_other_attributes_are_its_own(lint: Lint) -> None:
    files = {"shop.py": shop(body="tries = 5; max_retries = 3; def_ = 1")}
    assert lint(files, "CS103") == []
    assert lint(files, "CS301") == []


def test_an_inherited_name_and_one_by_a_keyword_are_names(lint: Lint) -> None:
    above = "class Base(Task):\n    name = 'x'\n"
    keyword = "class Base(Task):\n    def __init_subclass__(cls, name): cls.name = name\n"
    end = "app.register_task(Charge())\n"
    for text in (
        APP + above + CHARGE.format(base="Base", body="pass") + end,
        APP + keyword + CHARGE.format(base="Base, name='y'", body="pass") + end,
        APP + keyword + CHARGE.format(base="Base", body="pass") + end,
        APP + "import unknown\n" + CHARGE.format(base="unknown.Base", body="pass") + end,
    ):
        assert lint({"shop.py": text}, "CS101") == []
        assert len(lint({"shop.py": text}, "CS102")) == 1


def test_a_class_and_its_base_in_other_files(lint: Lint) -> None:
    files = {
        "app.py": APP,
        "base.py": "from app import app\nclass Base(app.Task):\n    def run(self, a): pass\n",
        "shop.py": "from base import Base\nclass Charge(Base):\n    pass\n",
        "register.py": "from app import app\nfrom shop import Charge\n"
        "charge = app.register_task(Charge())\ncharge.delay(1)\ncharge.delay(1, 2)\n",
    }
    assert lint(files, "CS101") == [("shop.py", 2)]
    assert lint(files, "CS102") == [("shop.py", 2)]
    assert lint(files, "CS201") == [("register.py", 5)]


def test_an_async_run_is_never_awaited(lint: Lint) -> None:
    text = shop().replace("def run", "async def run")
    assert lint({"shop.py": text}, "CS108") == [("shop.py", 3)]


def test_a_class_that_is_called_in_its_own_way_takes_what_it_likes(lint: Lint) -> None:
    text = shop(body="def __call__(self, *args): pass", end="")
    text += "charge = app.register_task(Charge())\ncharge.delay(1, 2)\n"
    assert lint({"shop.py": text}, "CS201") == []


def test_two_classes_with_one_name(lint: Lint) -> None:
    text = shop(body="name = 'shop.charge'")
    again = CHARGE.replace("Charge", "Refund").format(base="Task", body="name = 'shop.charge'")
    files = {"shop.py": text + again + "app.register_task(Refund())\n"}
    assert lint(files, "CS106") == [("shop.py", 8)]


def test_an_app_from_anywhere_registers_what_is_a_task_for_sure(lint: Lint) -> None:
    end = "def setup(server):\n    queue = server.extensions['jobs'].app\n    queue.register_task(Charge())\n"
    assert lint({"shop.py": shop(end=end)}, "CS101") == [("shop.py", 3)]
    assert lint({"shop.py": shop(base="Other", end=end)}, "CS101") == []


def test_an_instance_of_the_class_is_sent(lint: Lint) -> None:
    end = "app.register_task(Charge())\ndef call():\n    Charge().delay(1, 2)\n    Charge().s(1).delay()\n"
    assert lint({"shop.py": shop(end=end)}, "CS201") == [("shop.py", 8)]


def test_what_the_class_makes_is_the_task(lint: Lint) -> None:
    use = "\n\ndef send():\n    Charge().delay(1)\n    Charge().delay()\n"
    assert lint({"shop.py": shop() + use}, "CS201") == [("shop.py", 11)]
    assert lint({"shop.py": shop(end="") + use}, "CS201") == []
