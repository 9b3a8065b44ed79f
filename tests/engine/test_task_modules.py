"""Modules with tasks that nobody imports."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]

TASK = "from celery import shared_task\n@shared_task(name='{0}')\ndef {0}(): pass\n"
APP = "from celery import Celery\napp = Celery('shop'{})\n"
SHOP = {
    "shop/__init__.py": "",
    "shop/celery.py": APP.format(", include=['shop.orders']"),
    "shop/orders.py": TASK.format("order"),
    "shop/stock.py": TASK.format("count"),
}
FOUND = [("shop/stock.py", 2)]


def test_a_module_that_the_list_does_not_have(lint: Lint) -> None:
    assert lint(SHOP, "CS113") == FOUND


@pytest.mark.parametrize(
    "change",
    [
        {"shop/celery.py": APP.format(", include=['shop.orders', 'shop.stock']")},
        {"shop/celery.py": APP.format(", include=['shop.orders'] + MORE")},
        {"shop/celery.py": APP.format(", include=LIST")},
        {"shop/celery.py": APP.format("")},
        {"shop/celery.py": SHOP["shop/celery.py"] + "from shop import stock\n"},
        {"shop/celery.py": SHOP["shop/celery.py"] + "def later():\n    import shop.stock\n"},
        {
            "shop/orders.py": "from . import helper\n",
            "shop/helper.py": "from .stock import count\n",
        },
        {"shop/__init__.py": "from shop.stock import count\n"},
        {"shop/celery.py": SHOP["shop/celery.py"] + "for x in walk_packages(): pass\n"},
        {"shop/stock.py": "def count(): pass\n"},
    ],
    ids=range(10),
)
def test_what_a_worker_imports_in_any_way(lint: Lint, change: dict[str, str]) -> None:
    assert lint(SHOP | change, "CS113") == []


def test_what_only_a_view_imports(lint: Lint) -> None:
    assert lint(SHOP | {"shop/views.py": "from shop.stock import count\n"}, "CS113") == FOUND


DISCOVERED = {
    "shop/__init__.py": "",
    "shop/celery.py": APP.format("") + "app.autodiscover_tasks()\n",
    "shop/tasks.py": TASK.format("order"),
    "shop/cron.py": TASK.format("nightly"),
}


def test_a_module_of_another_name_than_tasks(lint: Lint) -> None:
    assert lint(DISCOVERED, "CS113") == [("shop/cron.py", 2)]


@pytest.mark.parametrize(
    "change",
    [
        {"shop/models.py": "from shop import (\n    other,\n    cron,\n)\n"},
        {"shop/models.py": "from .cron import nightly\n"},
        {"shop/settings.py": "CELERY_IMPORTS = ['shop.cron']\n"},
        {"shop/celery.py": APP.format("") + "app.autodiscover_tasks(related_name='cron')\n"},
        {"shop/celery.py": APP.format("") + "app.autodiscover_tasks(related_name=NAME)\n"},
        {
            "shop/cron.py": "print()\n",
            "shop/tasks/__init__.py": "",
            "shop/tasks/a.py": TASK.format("a"),
        },
    ],
    ids=range(6),
)
def test_what_django_imports_in_any_way(lint: Lint, change: dict[str, str]) -> None:
    found = lint(DISCOVERED | change, "CS113")
    assert [place for place in found if place[0] != "shop/tasks.py"] == []
