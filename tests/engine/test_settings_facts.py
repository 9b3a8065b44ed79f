"""The generated table of settings is what the installed Celery has, as far as versions agree."""

from __future__ import annotations

from celery import VERSION
from celery.app.defaults import _TO_OLD_KEY, NAMESPACES, flatten

from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS
from lint_rules._engine.celery_facts.versions import HISTORY, RELEASES, REMOVED


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


def test_the_table_of_versions_is_what_the_installed_celery_has() -> None:
    release = f"{VERSION.major}.{VERSION.minor}"
    installed = dict(flatten(NAMESPACES))
    assert {name for name, known in HISTORY.items() if known.added <= release} == installed.keys()
    for name, option in installed.items():
        known = HISTORY[name]
        kind = option.type if isinstance(option.type, str) else option.type.__name__
        default = [text for since, text in known.defaults if since <= release][-1]
        # The type is that of the newest release.
        assert default == repr(option.default), name
        if release == RELEASES[-1]:
            assert kind == known.type, name
            assert (option.deprecate_by or "", option.alt or "") == (
                known.deprecated,
                known.instead,
            )


def test_removed_names_are_no_settings() -> None:
    assert not REMOVED & NEW_NAME.keys()
    assert "CELERY_SEND_TASK_ERROR_EMAILS" in REMOVED
    assert HISTORY["worker_soft_shutdown_timeout"].added == "5.5"
    assert HISTORY["event_queue_exclusive"].defaults == (("5.6", "False"), ("5.7", "True"))
