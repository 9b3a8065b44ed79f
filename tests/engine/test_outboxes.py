"""Sends that an outbox holds back until the commit are no finding of CS202."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.test_across_files import found

TASKS = "from celery import shared_task\n@shared_task(name='pay')\ndef pay(x): pass\n"
VIEWS = (
    "from django.db import transaction\nfrom shop.tasks import pay\n"
    "def view(x):\n    with transaction.atomic():\n        pay.delay(x)\n"
    "def inner(x):\n    pay.delay(x)\n"
    "@transaction.atomic\ndef outer(x):\n    inner(x)\n"
)
SESSIONS = (
    "from shop.tasks import pay\n"
    "def begun(session, x):\n    with session.begin():\n        pay.delay(x)\n"
    "def committed(session, x):\n    session.add(x)\n    pay.delay(x)\n    session.commit()\n"
)
FILES = {
    "shop/__init__.py": "",
    "shop/tasks.py": TASKS,
    "shop/views.py": VIEWS,
    "shop/sessions.py": SESSIONS,
}
IN_DJANGO = [("shop/views.py", 5), ("shop/views.py", 10)]
IN_SESSIONS = [("shop/sessions.py", 4), ("shop/sessions.py", 7)]


@pytest.mark.parametrize(
    ("app", "left"),
    [
        ("from celery import Celery\napp = Celery('shop')\n", IN_DJANGO + IN_SESSIONS),
        (
            "from celery_safe import SafeCelery\nfrom celery_safe.store.django import DjangoStore\n"
            "app = SafeCelery('shop', store=DjangoStore('default'))\n",
            IN_SESSIONS,
        ),
        (
            "from celery_safe.outbox import automatic\nfrom shop.db import Session\n"
            "automatic(Session)\n",
            IN_DJANGO,
        ),
    ],
    ids=["none", "django", "automatic"],
)
def test_an_outbox_of_the_whole_project(tmp_path: Path, app: str, left: list[object]) -> None:
    files = {**FILES, "shop/celery.py": app}
    assert sorted(found(tmp_path, files, "CS202")) == sorted(left)


def test_a_block_of_its_own(tmp_path: Path) -> None:
    files = {
        **FILES,
        "shop/blocks.py": (
            "from celery_safe.outbox import outbox\nfrom shop.tasks import pay\n"
            "def held(session, x):\n"
            "    with session.begin(), outbox(session):\n        pay.delay(x)\n"
            "    with session.begin():\n        pay.delay(x)\n"
        ),
    }
    blocks = [one for one in found(tmp_path, files, "CS202") if one[0] == "shop/blocks.py"]
    assert blocks == [("shop/blocks.py", 7)]
