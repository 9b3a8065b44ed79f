"""Sentry, redbeat and django-celery-beat read a schedule's attributes; the real ones, without servers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from celery.schedules import crontab
from celery.schedules import schedule as interval
from redbeat.decoder import RedBeatJSONDecoder, RedBeatJSONEncoder
from sentry_sdk.integrations.celery.beat import _get_monitor_config

from celery_safe import SafeCelery
from celery_safe.schedules import cron, daily, every, options, weekly
from celery_safe.schedules._entries import restored


@pytest.fixture
def app():
    return SafeCelery("shop", broker="memory://", set_as_current=False)


def test_sentry_makes_a_monitor_of_it(app):
    config = _get_monitor_config(daily(at="02:30", tz="Europe/Berlin"), app, "a")
    assert config["schedule"] == {"type": "crontab", "value": "30 2 * * *"}
    assert config["timezone"] == "Europe/Berlin"
    config = _get_monitor_config(weekly("mon", at="9:00", tz="UTC"), app, "a")
    assert config["schedule"]["value"] == "0 9 * * mon"
    config = _get_monitor_config(every(minutes=5), app, "a")
    assert config["schedule"] == {"type": "interval", "value": 5, "unit": "minute"}


def test_the_attributes_of_celerys_own():
    ours = cron("*/15 8-18 * * mon-fri", tz="Europe/Berlin")
    theirs = crontab("*/15", "8-18", "mon-fri")
    assert isinstance(ours, crontab)
    for field in ("minute", "hour", "day_of_week", "day_of_month", "month_of_year"):
        assert getattr(ours, field) == getattr(theirs, field)
        assert getattr(ours, f"_orig_{field}") == getattr(theirs, f"_orig_{field}")
    assert str(ours.tz) == "Europe/Berlin"
    assert isinstance(every(minutes=5), interval)
    assert every(minutes=5).run_every == timedelta(minutes=5)
    assert every(minutes=5).seconds == 300
    assert every(minutes=5).human_seconds == interval(300).human_seconds


@pytest.mark.parametrize(
    "when", [daily(at="02:30", tz="Europe/Berlin", jitter=9), every(minutes=5), cron("0 9 1-7 * mon", days="both")],
    ids=repr,
)  # fmt: skip
def test_redbeats_json_loses_the_zone_and_the_header_brings_it_back(when):
    stored = json.loads(json.dumps({"s": when}, cls=RedBeatJSONEncoder), cls=RedBeatJSONDecoder)[
        "s"
    ]
    assert stored != when
    sent_with = json.loads(json.dumps(options("a", when)))
    assert restored(stored, sent_with) == when
    assert restored(crontab(minute=7), sent_with) == crontab(minute=7), (
        "what was changed since stays"
    )
    assert restored(stored, {}) is stored
