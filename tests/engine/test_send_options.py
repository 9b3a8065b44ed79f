"""The table of send options is what the runtime finds in the installed Celery."""

from __future__ import annotations

from celery_safe.options import send_options
from lint_rules._engine.celery_facts.send_options import SEND_OPTIONS


def test_table_has_every_option_of_the_installed_celery() -> None:
    assert send_options() <= SEND_OPTIONS
