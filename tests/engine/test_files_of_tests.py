"""What rules about running workers do not say of files that hold tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.test_across_files import found

CODE = (
    "from celery import shared_task\n"
    "from celery.schedules import crontab\n"
    "@shared_task\n"
    "def charge(items): pass\n"
    "charge.s({'a'})\n"
    "every = [crontab(minute='*/50'), crontab(hour=4)]\n"
)


@pytest.mark.parametrize(("code", "line"), [("CS101", 3), ("CS206", 5), ("CS601", 6), ("CS606", 6)])
def test_a_file_of_tests_is_left_alone(tmp_path: Path, code: str, line: int) -> None:
    names = ("test_shop.py", "shop_test.py", "tests.py", "conftest.py", "shop.py")
    files = dict.fromkeys(names, CODE)
    assert found(tmp_path, files, code) == [("shop.py", line)]


def test_a_test_may_wait_for_a_task_that_ignores_its_result(tmp_path: Path) -> None:
    code = (
        "from celery import shared_task\n"
        "@shared_task(ignore_result=True)\n"
        "def charge(): pass\n"
        "def call():\n"
        "    charge.delay().get(timeout=5)\n"
    )
    packages = {"shop/__init__.py": "", "shop/tests/__init__.py": ""}
    files = dict.fromkeys(("shop/tests/mixins.py", "test_shop.py", "shop/jobs.py"), code)
    assert found(tmp_path, packages | files, "CS403") == [("shop/jobs.py", 5)]


def test_a_test_may_send_inside_a_transaction(tmp_path: Path) -> None:
    code = (
        "from celery import shared_task\n"
        "from django.db import transaction\n"
        "@shared_task\n"
        "def charge(): pass\n"
        "def send():\n"
        "    charge.delay()\n"
        "def call():\n"
        "    with transaction.atomic():\n"
        "        charge.delay()\n"
        "        send()\n"
    )
    files = dict.fromkeys(("test_shop.py", "jobs.py"), code)
    assert found(tmp_path, files, "CS202") == [("jobs.py", 9), ("jobs.py", 10)]
