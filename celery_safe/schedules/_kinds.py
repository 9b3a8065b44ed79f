"""The kinds of schedules: subclasses of Celery's, so that whoever reads those can read these.

Sentry, redbeat and django-celery-beat ask for ``isinstance(..., crontab)`` and for ``_orig_minute``
and its like, or for ``run_every``, and for ``tz``. These are private parts of ``celery/schedules.py``,
written by ``crontab.__init__``; tests/unit/schedules/test_for_readers.py fails when they move.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from celery.schedules import crontab
from celery.schedules import schedule as interval

from celery_safe.schedules._times import Times, next_after
from celery_safe.schedules._when import Rules, When, aware


class Cron(When, crontab):
    """By the clock on the wall: :func:`daily`, :func:`weekly` and :func:`cron`.

    Args:
        fields: minute, hour, day of month, month and day of week as in crontab(5).
        tz: whose clocks; None is the app's zone.
        either: days fit by the month's or by the week's; otherwise by both.
        spec: what builds it again.
        rules: the rest.
        words: what a person calls it.

    Raises:
        ValueError: Celery cannot read a field.
    """

    def __init__(
        self, fields: tuple[str, str, str, str, str], tz: tzinfo | None, either: bool,
        spec: Mapping[str, Any], rules: Rules, words: str,
    ) -> None:  # fmt: skip
        minute, hour, day, month, weekday = fields
        crontab.__init__(self, minute, hour, weekday, day, month)
        if tz is not None:
            self.tz = tz
        self._describe(spec, rules, words)
        self.times = Times(
            minutes=frozenset(self.minute), hours=frozenset(self.hour), days=frozenset(self.day_of_month),
            months=frozenset(self.month_of_year), weekdays=frozenset(self.day_of_week), either=either,
            elapsed=_is_any(minute, self.minute, 60) or _is_any(hour, self.hour, 24),
        )  # fmt: skip

    def next_after(self, moment: datetime, last: datetime | None = None) -> datetime | None:  # noqa: ARG002 (the clock needs no last run)
        """See :meth:`When.next_after`."""
        return next_after(self.times, self.zone, moment)

    def _may_be_late(self, last: datetime) -> float | None:
        """``beat_cron_starting_deadline`` is the user's word on this."""
        limits = super()._may_be_late(last), self.app.conf.beat_cron_starting_deadline
        return min((limit for limit in limits if limit is not None), default=None)


def _is_any(field: str, values: set[int], size: int) -> bool:
    """Whether a field asks for an interval and not for fixed times; so cron has it for a star."""
    return field.startswith("*") or len(values) == size


class Every(When, interval):
    """By elapsed time.

    Args:
        delta: between two runs.
        start: from where it is counted; None is from the last run.
        spec: what builds it again.
        rules: the rest.
        words: what a person calls it.
    """

    def __init__(
        self, delta: timedelta, start: datetime | None, spec: Mapping[str, Any], rules: Rules, words: str
    ) -> None:  # fmt: skip
        interval.__init__(self, delta)
        self.start = None if start is None else aware(start)
        self._describe(spec, rules, words)

    def next_after(self, moment: datetime, last: datetime | None = None) -> datetime | None:
        """See :meth:`When.next_after`."""
        start, delta = self.start or last or moment, self.run_every
        first: datetime = start if self.start else start + delta
        found: datetime = first + delta * max((moment - first) // delta + 1, 0)
        return found


class Once(When):
    """One time.

    Attributes:
        clocked_time: when; as django-celery-beat calls it.
    """

    def __init__(self, at: datetime, spec: Mapping[str, Any], rules: Rules, words: str) -> None:
        super().__init__()
        self.clocked_time = aware(at)
        self._describe(spec, rules, words)

    def next_after(self, moment: datetime, last: datetime | None = None) -> datetime | None:  # noqa: ARG002 (it needs no last run)
        """See :meth:`When.next_after`."""
        return self.clocked_time if self.clocked_time > moment else None
