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
