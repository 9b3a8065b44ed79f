"""For celery-redbeat: ``beat_scheduler = "celery_safe.schedules.redbeat:RedBeatScheduler"``.

redbeat keeps the fields of a crontab in Redis, without its zone, and reads them as Celery's own
crontab: an entry for Berlin would run by the app's clock. Here an entry is what it was, told by the
header that its messages carry. Touches ``RedBeatSchedulerEntry`` (``redbeat/schedulers.py``);
tests/integration/test_beat.py fails when it moves.
"""

from __future__ import annotations

from typing import Any

from celery_safe.errors import MissingExtra
from celery_safe.schedules._entries import restored
from celery_safe.schedules._kinds import Once

try:
    import redbeat.schedulers as theirs
    from redbeat.schedules import rrule
except ModuleNotFoundError as error:
    raise MissingExtra("celery_safe.schedules.redbeat: pip install celery-redbeat") from error


class RedBeatSchedulerEntry(theirs.RedBeatSchedulerEntry):
    """An entry in Redis that remembers its zone, its days of change, and the rest."""

    schedule: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.schedule is not None:
            self.schedule = restored(self.schedule, self.options or {})
            self.schedule.app = self.app

    def save(self) -> Any:
        """Write it; redbeat has its own word for one time only."""
        ours = self.schedule
        if isinstance(ours, Once):
            self.schedule = rrule("SECONDLY", dtstart=ours.clocked_time, count=1, app=self.app)
        try:
            return super().save()
        finally:
            self.schedule = ours


class RedBeatScheduler(theirs.RedBeatScheduler):
    """redbeat's, with entries that are right on the days on which clocks are changed."""

    Entry = RedBeatSchedulerEntry
