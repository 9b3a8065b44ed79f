"""The generated table of settings is what the installed Celery has, as far as versions agree."""

from __future__ import annotations

from celery import VERSION
from celery.app.defaults import _TO_OLD_KEY, NAMESPACES, flatten

from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS


def test_every_setting_of_the_installed_celery_is_known() -> None:
    installed = dict(flatten(NAMESPACES))
    assert installed.keys() <= SETTINGS.keys()
    if VERSION[:2] == (5, 7):
        assert installed.keys() == SETTINGS.keys(), "run scripts/celery_facts.py"


def test_old_names_are_celerys() -> None:
    for new, _ in flatten(NAMESPACES):
        old = _TO_OLD_KEY[new]
        assert SETTINGS[new] == ("" if old == new.upper() else old)
    assert NEW_NAME["CELERYD_CONCURRENCY"] == "worker_concurrency"
