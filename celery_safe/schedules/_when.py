"""What all schedules have in common: when they run, what beat asks them, and how they are stored."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal, TypedDict, get_args

from celery.schedules import BaseSchedule, schedstate

from celery_safe.schedules._times import UTC

Overlap = Literal["skip", "queue", "allow"]
Misfire = Literal["run_once", "skip"]
OVERLAPS: tuple[Overlap, ...] = get_args(Overlap)
MISFIRES: tuple[Misfire, ...] = get_args(Misfire)

#: Seconds that a run may be late under ``misfire="skip"``.
GRACE = 60.0
#: Seconds until a schedule that is over is asked again.
NEVER = 365 * 86400.0
#: A last run before this is none: redbeat says the year 1 for an entry that has never run.
_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)


def aware(moment: datetime) -> datetime:
    """In UTC; a naive one is in UTC already, which is what Celery writes without a zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@dataclass(frozen=True)
class Rules:
    """What every kind of schedule can be told besides its times.

    Attributes:
        expires: seconds after which a run that no worker has begun is dropped; None is never.
        queue: where it is sent; None is where the task's route says.
        overlap: what becomes of a run whose predecessor has not ended: it is dropped (``skip``),
            waits for it (``queue``), or runs beside it (``allow``).
        misfire: what becomes of runs that were due while beat was down: one is sent for all of them
            (``run_once``), or none that is more than a minute late (``skip``).
        jitter: seconds by which each run is put off at most. How much is told by the run's own time,
            so that it is the same after a restart.
        name: of the entry; derived if it is None.
    """

    expires: float | None = None
    queue: str | None = None
    overlap: Overlap = "allow"
    misfire: Misfire = "run_once"
    jitter: float = 0.0
    name: str | None = None


class Options(TypedDict, total=False):
    """:class:`Rules` as a person gives them: times also as a timedelta."""

    expires: float | timedelta | None
    queue: str | None
    overlap: Overlap
    misfire: Misfire
    jitter: float | timedelta
    name: str | None


class When(BaseSchedule):
    """A schedule; made by :func:`~celery_safe.schedules.every` and its like.

    Attributes:
        spec: the kind and the arguments that build it again, as JSON can carry them.
        rules: see :class:`Rules`.
        words: what a person calls it.
    """

    spec: dict[str, Any]
    rules: Rules
    words: str
    nowfun: Any

    def _describe(self, spec: Mapping[str, Any], rules: Rules, words: str) -> None:
        self.spec, self.rules, self.words = dict(spec), rules, words

    @property
    def zone(self) -> tzinfo:
        """The zone whose clocks are meant: its own, or the app's."""
        zone: tzinfo = self.__dict__.get("tz") or self.app.timezone
        return zone

    def next_after(self, moment: datetime, last: datetime | None = None) -> datetime | None:
        """The first time after ``moment``, without jitter; None if none will be.

        Args:
            moment: an aware datetime.
            last: the last run, from which an interval without a start of its own counts.
        """
        raise NotImplementedError

    def next_run(self, moment: datetime, last: datetime | None = None) -> datetime | None:
        """The first run after ``moment`` in UTC, jitter and all; None if none will be."""
        moment = aware(moment)
        due = self.next_after(moment - timedelta(seconds=self.rules.jitter), last)
        best: datetime | None = None
        while due is not None and (best is None or due < best):
            run = due + self._put_off(due)
            if run > moment and (best is None or run < best):
                best = run
            due = self.next_after(due, last)
        return best

    def _put_off(self, due: datetime) -> timedelta:
        """Less than the jitter; told by the time and the schedule, not by a die."""
        if not self.rules.jitter:
            return timedelta()
        said = f"{self.rules.name}|{self.words}|{due.timestamp():.3f}"
        return timedelta(seconds=self.rules.jitter * zlib.crc32(said.encode()) / 2**32)

    # -- what beat asks

    def now(self) -> datetime:
        """Now, in UTC: what beat writes down as the last run must not be readable in two ways."""
        now: datetime = (self.nowfun or self.app.now)()
        return aware(now)

    def remaining_estimate(self, last_run_at: datetime) -> timedelta | None:
        """The time until the run after ``last_run_at``; negative if it is late, None if there is none."""
        last = max(aware(last_run_at), _EPOCH)
        run = self.next_run(last, last)
        return None if run is None else run - self.now()

    def is_due(self, last_run_at: datetime) -> Any:
        """Whether it is to be sent now, and the seconds until the next question."""
        now, last = self.now(), max(aware(last_run_at), _EPOCH)
        limit = self._may_be_late(last)
        since = last if limit is None else max(last, now - timedelta(seconds=limit, microseconds=1))
        run = self.next_run(since, last)
        due = run is not None and run <= now
        following = self.next_run(now, now if due else last)
        return schedstate(due, NEVER if following is None else (following - now).total_seconds())

    def _may_be_late(self, last: datetime) -> float | None:
        """Seconds; None is any time. What has never run owes nothing for the time before it was."""
        return GRACE if self.rules.misfire == "skip" or last <= _EPOCH else None

    def __repr__(self) -> str:
        return f"<{self.words}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, When) and self.spec == other.spec

    __hash__ = None  # type: ignore[assignment]  # as Celery's schedules

    def __reduce__(self) -> tuple[Any, ...]:
        from celery_safe.schedules._build import from_spec

        return from_spec, (self.spec, self.nowfun)
