"""Transactions that reach a send in another file."""

from __future__ import annotations

from pathlib import Path

from tests.engine.test_across_files import found

TASKS = "from celery import shared_task\n@shared_task(name='pay')\ndef pay(x): pass\n"
SERVICE = (
    "from shop.tasks import pay\n"
    "def charge(x):\n    pay.delay(x)\n"
    "def checkout(x):\n    charge(x)\n"
    "class Cart:\n    def close(self):\n        checkout(self)\n"
)


def test_a_file_without_a_word_of_celery_is_followed(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/service.py": SERVICE,
        "shop/views.py": (
            "from django.db import transaction\nfrom shop import service\n"
            "from shop.service import Cart\n"
            "def view(x):\n    with transaction.atomic():\n        service.checkout(x)\n"
            "class Own(Cart):\n"
            "    @transaction.atomic\n    def end(self):\n        self.close()\n"
            "    @transaction.atomic\n    def other(self):\n        self.open()\n"
        ),
    }
    assert found(tmp_path, files, "CS202") == [("shop/views.py", 6), ("shop/views.py", 10)]


def test_a_comment_in_such_a_file_ignores_it(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/service.py": SERVICE,
        "shop/views.py": (
            "from django.db import transaction\nfrom shop.service import charge\n"
            "@transaction.atomic\ndef view(x):\n"
            "    charge(x)  # celery-safe: ignore[CS202] reads nothing\n"
        ),
    }
    assert found(tmp_path, files, "CS202") == []


def test_a_function_of_the_same_name_elsewhere_is_another(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/service.py": SERVICE,
        "shop/other.py": "def charge(x): pass\n",
        "shop/views.py": (
            "from django.db import transaction\nfrom shop.other import charge\n"
            "@transaction.atomic\ndef view(x):\n    charge(x)\n"
        ),
    }
    assert found(tmp_path, files, "CS202") == []


def test_the_message_has_the_chain_and_the_send(tmp_path: Path) -> None:
    from lint_rules._engine.config import Config
    from lint_rules._engine.rules import all_rules, check_paths

    files = {
        "tasks.py": TASKS,
        "service.py": SERVICE.replace("shop.", ""),
        "views.py": (
            "from django.db.transaction import atomic\nfrom service import checkout\n"
            "@atomic\ndef view(x):\n    checkout(x)\n"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    rules = [rule for rule in all_rules() if rule.code == "CS202"]
    (only,) = check_paths([tmp_path], Config(), rules).findings
    assert only.message.startswith(
        "checkout() calls charge(), which sends: pay.delay() (service.py:3) inside transaction.atomic:"
    )


def test_a_wrapper_in_another_file_that_sends_nothing(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/db.py": (
            "from contextlib import contextmanager\nfrom django.db import transaction\n"
            "@contextmanager\ndef traced():\n    with transaction.atomic():\n        yield\n"
        ),
        "shop/views.py": (
            "from shop.db import traced\nfrom shop.tasks import pay\n"
            "def view(x):\n    with traced():\n        pay.delay(x)\n"
        ),
    }
    assert found(tmp_path, files, "CS202") == [("shop/views.py", 5)]
