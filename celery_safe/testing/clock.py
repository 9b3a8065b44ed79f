"""Time that a test moves: ETAs, retries, expiry and beat follow it, and so does the tasks' own code."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery.beat import Scheduler
from kombu.asynchronous.timer import Timer

from celery_safe.errors import MissingExtra

#: A beat entry that is due is never later than this after its time.
_FINE = 0.02


class Clock:
    """Runs with the real time until it is advanced."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._travel: Any = None
        #: What happens in time: each gives the seconds until its next event, or None.
        self.sources: list[Callable[[], float | None]] = []
        self.work: Callable[[], object] = lambda: None
        self.before: Callable[[], object] = lambda: None

    def now(self) -> float:
        """Seconds that only grow, by the moved time."""
        return time.monotonic() + self.ahead

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Let time pass and run all that becomes due, each at its own time.

        Raises:
            ValueError: backwards.
            MissingExtra: time-machine is not installed.
        """
        left = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        if left < 0:
            raise ValueError("time does not go back: advance() takes no negative time")
        self.before()
        self.work()
        while True:
            waits = [wait for source in self.sources if (wait := source()) is not None]
            step = max(min(waits, default=left), 0.0)
            if step >= left:
                break
            self._shift(step)
            left -= step
            self.work()
            if step == 0.0:  # what was due has run, or is to be asked again a moment later
                self._shift(_FINE)
                left -= _FINE
        self._shift(max(left, 0.0))
        self.work()

    def _shift(self, seconds: float) -> None:
        if self._travel is None:
            try:
                import time_machine
            except ImportError as error:
                raise MissingExtra(
                    "clock.advance() needs time-machine: pip install 'celery-safe[testing]'"
                ) from error
            self._travel = time_machine.travel(time.time(), tick=True)
            self._traveller = self._travel.start()
        self.ahead += seconds
        self._traveller.shift(seconds)

    def stop(self) -> None:
        """Back to the real time."""
        if self._travel is not None:
            self._travel.stop()
            self._travel = None


class ClockTimer(Timer):
    """The worker's timer of ETAs and retries, by a :class:`Clock` and without a thread."""

    clock: Clock

    def enter_at(
        self,
        entry: Any,
        eta: Any = None,
        priority: int = 0,
        time: Callable[[], float] = time.monotonic,
    ) -> Any:
        """Enter a function for a moment of ``time``, which is that of the real clock."""
        wait = 0.0 if eta is None else float(eta) - time()
        return self._enter(self.clock.now() + wait, priority, entry)

    def run_due(self) -> int:
        """Run what is due; how many that were."""
        ran = 0
        while self._queue and self._queue[0][0] <= self.clock.now():
            entry = self._queue[0][2]
            self._queue.pop(0)
            self._queue.sort()
            if not entry.canceled:
                ran += 1
                entry()
        return ran

    def wait(self) -> float | None:
        """Seconds until the next entry."""
        return max(self._queue[0][0] - self.clock.now(), 0.0) if self._queue else None

    def start(self) -> None:
        """There is no thread."""

    def ensure_started(self) -> None:
        """There is no thread."""


class Beat(Scheduler):
    """Beat of one test: the app's schedule, kept nowhere."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, lazy=False, max_interval=10**9)

    def setup_schedule(self) -> None:
        """Read the app's entries."""
        self.merge_inplace(self.app.conf.beat_schedule)

    def wait(self) -> float | None:
        """Send what is due; seconds until there is more."""
        if not self.data:
            return None
        return max(float(self.tick()), 0.0)
