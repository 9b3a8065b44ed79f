"""The rows of the policy table fit each other and the installed Celery."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from kombu.utils.functional import fxrange

from celery_safe.defaults import SETTINGS, TABLE, transport_defaults
from celery_safe.spelling import DEFAULTS_BY_NAME

VALUES = {row.setting: row.value for row in TABLE}
#: Rows that an older Celery does not read yet.
SINCE = {"broker_pool_acquire_timeout": (5, 7)}


def test_no_row_is_there_twice() -> None:
    assert [name for name, n in Counter(row.setting for row in TABLE).items() if n > 1] == []


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.setting)
def test_celery_reads_the_setting(row):
    from celery import VERSION

    if not row.setting.startswith("safe_") and SINCE.get(row.setting, (0, 0)) <= VERSION[:2]:
        assert row.setting in DEFAULTS_BY_NAME


def test_a_publish_outlasts_a_broker_restart() -> None:
    policy = VALUES["task_publish_retry_policy"]
    waits = fxrange(
        policy["interval_start"],
        policy["interval_max"] + policy["interval_start"],
        policy["interval_step"],
        repeatlast=True,
    )
    assert 20 <= sum(islice(waits, policy["max_retries"])) <= 40
    assert policy.items() <= transport_defaults("amqp").items()
    assert transport_defaults("amqp")["connect_retries_timeout"] >= 20


def test_the_limits_fit_each_other() -> None:
    redis = transport_defaults("redis")
    assert VALUES["task_soft_time_limit"] < VALUES["task_time_limit"] < redis["visibility_timeout"]
    assert transport_defaults("rediss") == redis
    assert transport_defaults("memory") == {}


def test_the_kinds_of_broker_do_not_mix() -> None:
    assert not transport_defaults("redis").keys() & transport_defaults("amqp").keys()
