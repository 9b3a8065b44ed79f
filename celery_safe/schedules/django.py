"""For django-celery-beat: ``beat_scheduler = "celery_safe.schedules.django:DatabaseScheduler"``.

Entries of :func:`~celery_safe.schedule` are written to its tables with their zone, and run as they
were written, until somebody changes their times in the admin: then what is there counts.
Touches ``ModelEntry`` (``django_celery_beat/schedulers.py``); tests/integration/test_beat.py fails
when it moves.
"""

from __future__ import annotations

from typing import Any

from celery_safe.errors import MissingExtra
from celery_safe.schedules._entries import restored
from celery_safe.schedules._kinds import Once

try:
    import django_celery_beat.schedulers as theirs
except ModuleNotFoundError as error:
    raise MissingExtra("celery_safe.schedules.django: pip install django-celery-beat") from error


class ModelEntry(theirs.ModelEntry):
    """A row that is right on the days on which clocks are changed."""

    schedule: Any

    model_schedules = (
        *theirs.ModelEntry.model_schedules,
        (Once, theirs.ClockedSchedule, "clocked"),
    )

    def __init__(self, model: Any, app: Any = None) -> None:
        super().__init__(model, app)
        self.schedule = restored(self.schedule, self.options)
        self.schedule.app = self.app

    @classmethod
    def _unpack_fields(cls, schedule: Any, **entry: Any) -> Any:
        fields = super()._unpack_fields(schedule, **entry)
        return {**fields, "one_off": True} if isinstance(schedule, Once) else fields

    @classmethod
    def _unpack_options(cls, expires: Any = None, **options: Any) -> Any:
        if expires is not None:
            options.setdefault("expire_seconds", int(expires))
        return super()._unpack_options(**options)


class DatabaseScheduler(theirs.DatabaseScheduler):
    """django-celery-beat's, with such rows."""

    Entry = ModelEntry
