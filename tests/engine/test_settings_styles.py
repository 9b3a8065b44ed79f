"""Settings are found wherever an app is told to take them from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]

APP = "from celery import Celery\napp = Celery('shop')\n"
LINE = "task_serializer = 'pickle'\n"


@pytest.mark.parametrize(
    ("load", "conf", "line"),
    [
        ("app.config_from_object('shop.options')", LINE, 1),
        ("from shop import options\napp.config_from_object(options)", LINE, 1),
        ("app.config_from_object('shop.options')", "from .more import *\n", 0),
        ("app.config_from_object('shop.options')", "from .more import task_serializer\n", 0),
        ("app.config_from_object('shop.options:Options')", f"class Options:\n    {LINE}", 2),
        ("app.config_from_object('shop.options.Options')", f"class Options:\n    {LINE}", 2),
        (
            "from .options import Options\napp.config_from_object(Options)",
            f"class Base:\n    {LINE}class Options(Base):\n    timezone = 'UTC'\n",
            2,
        ),
        (
            "from .options import options\napp.config_from_object(options)",
            f"class Options:\n    {LINE}options = Options()\n",
            2,
        ),
        (
            "app.config_from_object('shop.options', namespace='APP')",
            "APP_TASK_SERIALIZER = 'pickle'\nTASK_SERIALIZER = 'pickle'\n",
            1,
        ),
        (
            "from .options import OPTIONS\napp.conf.update(OPTIONS)",
            "OPTIONS = {\n    'task_serializer': 'pickle',\n}\n",
            2,
        ),
        (
            "from . import options\napp.conf.update(**options.OPTIONS)",
            "OPTIONS = dict(task_serializer='pickle')\n",
            1,
        ),
    ],
)
def test_what_an_app_loads_by_name(lint: Lint, load: str, conf: str, line: int) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": f"{APP}{load}\n",
        "shop/options.py": conf,
        "shop/more.py": LINE,
    }
    found = ("shop/options.py", line) if line else ("shop/more.py", 1)
    assert lint(files, "CS501") == [found]


def test_what_no_app_loads_is_nobodys_setting(lint: Lint) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": f"{APP}app.config_from_object('shop.options')\n",
        "shop/options.py": "timezone = 'UTC'\nclass Other:\n    task_serializer = 'pickle'\n",
        "shop/more.py": LINE,
    }
    assert lint(files, "CS501") == []


def test_a_misspelt_setting_of_a_loaded_file(lint: Lint) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": f"{APP}app.config_from_object('shop.options')\n",
        "shop/options.py": "task_serialiser = 'json'\nown_words = 'x'\n",
    }
    assert lint(files, "CS503") == [("shop/options.py", 1)]


def test_a_comment_in_a_loaded_file_counts(lint: Lint) -> None:
    line = "task_serializer = 'pickle'  # celery-safe: ignore[CS501] the old workers need it\n"
    files = {
        "shop/__init__.py": "",
        "shop/app.py": f"{APP}app.config_from_object('shop.options')\n",
        "shop/options.py": line,
    }
    assert lint(files, "CS501") == []


def test_the_schedule_of_a_loaded_file(lint: Lint) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": f"{APP}app.config_from_object('shop.options')\n",
        "shop/options.py": "beat_schedule = {'a': {'task': 'shop.a'}}\n",
    }
    assert lint(files, "CS603") == [("shop/options.py", 1)]


def test_eager_for_tests_alone_is_no_finding(lint: Lint) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": f"{APP}from shop.options import TestConfig\n"
        "app.config_from_object('shop.options')\napp.config_from_object(TestConfig)\n",
        "shop/options.py": "import sys\nif 'x' in sys.argv:\n    task_always_eager = True\n"
        "class TestConfig:\n    task_always_eager = True\n",
    }
    assert lint(files, "CS505") == []
    files["shop/options.py"] = "task_always_eager = True\n"
    assert lint(files, "CS505") == [("shop/options.py", 1)]
