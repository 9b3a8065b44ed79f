"""Typed schedules for beat that are right on the days on which clocks are changed.

::

    schedule(send_digest, every(minutes=5), "eu", limit=10)
    schedule(close_books, daily(at="02:30", tz="Europe/Berlin", overlap="skip"))

They are subclasses of Celery's and work with every scheduler: beat's own, and with
:mod:`celery_safe.schedules.redbeat` and :mod:`celery_safe.schedules.django` the two others.
"""

from __future__ import annotations

from celery_safe.schedules._build import cron, daily, every, from_spec, once, weekly
from celery_safe.schedules._entries import Scheduled, TaskLike, install, options, schedule
from celery_safe.schedules._kinds import Cron, Every, Once
from celery_safe.schedules._when import Misfire, Overlap, Rules, When

__all__ = [
    "Cron", "Every", "Misfire", "Once", "Overlap", "Rules", "Scheduled", "TaskLike", "When",
    "cron", "daily", "every", "from_spec", "install", "once", "options", "schedule", "weekly",
]  # fmt: skip
