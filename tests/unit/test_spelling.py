"""Misspelt settings: one warning, refused under strict; what is the project's own is left alone."""

from __future__ import annotations

import types
import warnings

import pytest

from celery_safe import SafeCelery, UnknownOption, UnknownOptionWarning


def make(source, namespace=None, **kwargs):
    app = SafeCelery("shop", broker="memory://", set_as_current=False, **kwargs)
    app.config_from_object(source, namespace=namespace)
    return app


def module(**names):
    found = types.ModuleType("shop_settings")
    vars(found).update(names)
    return found


MISSPELT = [
    ({"task_ack_late": True}, None, "task_acks_late"),
    (module(CELERY_TASK_ACK_LATE=True), "CELERY", "task_acks_late"),
    (module(CELERY_ACCEPT_CONTNT=["json"]), None, "CELERY_ACCEPT_CONTENT"),
    ({"worker_prefetch_multiplyer": 4}, None, "worker_prefetch_multiplier"),
]


@pytest.mark.parametrize(("source", "namespace", "near"), MISSPELT)
def test_a_misspelt_setting_is_one_warning_with_the_right_name(source, namespace, near):
    app = make(source, namespace)
    with pytest.warns(UnknownOptionWarning, match=f"did you mean '{near}'") as said:
        assert app.conf.task_acks_late is True
        app.finalize()
    assert len(said) == 1


@pytest.mark.parametrize(("source", "namespace", "near"), MISSPELT)
def test_strict_refuses_a_misspelt_setting(source, namespace, near):
    app = make(source, namespace, strict=True)
    with pytest.raises(UnknownOption, match=f"did you mean '{near}'"):
        _ = app.conf.task_acks_late
    with pytest.raises(UnknownOption):
        app.send_task("shop.pay")


@pytest.mark.parametrize(
    ("source", "namespace"),
    [
        (module(SAFE_HOSTS=["x"], TIME_ZONE="UTC", CELERY_TASK_ACKS_LATE=True), "CELERY"),
        (module(SAFE_HOSTS=["x"], TIME_ZONE="UTC", CELERY_ACKS_LATE=True), None),
        (module(CELERYD_CONCURENCY=1, CELERY_TASK_ACKS_LATE=True), "CELERY"),
        (module(task_queue="helper", task_queues=None, shop_pages=3), None),
        ({"shop_key": 1, "once": {"backend": "x"}}, None),
    ],
)
def test_what_is_the_projects_own_is_left_alone(source, namespace):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make(source, namespace, strict=True).conf.task_acks_late is True
