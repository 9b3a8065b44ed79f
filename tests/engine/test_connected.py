"""Receivers that another file connects to a signal, as CS218 sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

FILES = {
    "__init__.py": "",
    "tasks.py": "from celery import shared_task\n\n@shared_task\ndef index(pk): pass\n",
    "handlers.py": """from shop.tasks import index


def handle(sender, instance, **options):
    index.delay(instance.pk)


def other(sender, instance, **options):
    index.delay(instance.pk)
""",
    "apps.py": """from django.apps import AppConfig
from django.db.models.signals import post_save


class Shop(AppConfig):
    def ready(self):
        from shop import handlers
        from shop.handlers import handle

        {}
""",
}


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ("post_save.connect(handle)", [5]),
        ("post_save.connect(handlers.other, dispatch_uid='x')", [9]),
        ("post_save.connect(receiver=handlers.other)", [9]),
        ("post_save.disconnect(handle)", []),
        ("self.started.connect(handle)", []),
    ],
)
def test_a_receiver_of_another_file(tmp_path: Path, call: str, lines: list[int]) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    for name, text in FILES.items():
        (package / name).write_text(text.replace("{}", call))
    rules = [rule for rule in all_rules() if rule.code == "CS218"]
    result = check_paths([tmp_path], Config(), rules)
    assert [f.line for f in result.findings] == lines
