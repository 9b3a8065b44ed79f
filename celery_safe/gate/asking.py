"""Asking a store from the worker's main process, which must go on sending heartbeats."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import Any, TypeVar

from celery.utils.log import get_logger

from celery_safe.errors import StoreFull

logger = get_logger(__name__)
T = TypeVar("T")

#: Seconds for which a store that did not answer is not asked again.
PAUSE = 5.0


class StoreAway(Exception):
    """The store did not answer in time, or with an error."""


class Asking:
    """Calls with a deadline, one after the other, in a thread of its own.

    Args:
        patience: seconds to wait for an answer.

    A call that is given up may still reach the store later, so what it writes must bear that.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, "celery-safe-store")
        self._stuck: Future[Any] | None = None
        self._again_at = 0.0
        self._lock = threading.Lock()
        self.failures = 0
        #: Since the start, for the metrics.
        self.total_failures = 0
        self.refused = 0
        self._away_before = 0.0
        self._away_since: float | None = None

    @property
    def away_seconds(self) -> float:
        """For how long, in all, the store has not answered."""
        since = self._away_since
        return self._away_before + (0.0 if since is None else time.monotonic() - since)

    def __call__(self, call: Callable[..., T], *args: Any) -> T:
        """The answer.

        Raises:
            StoreAway: with the reason; also without asking, for some seconds after a failure.
        """
        with self._lock:
            if time.monotonic() < self._again_at:
                raise StoreAway("not asked again yet")
            if self._stuck is not None and not self._stuck.done():
                raise StoreAway("the last question is still without an answer")
            self._stuck = None
            future = self._thread.submit(call, *args)
        try:
            answer = future.result(self._patience)
        except TimeoutError as error:
            if future.done():  # the store's own
                raise self._away(error) from error
            self._stuck = future
            raise self._away(f"no answer within {self._patience:g} s") from None
        except StoreFull as error:  # it answers, so it is asked on
            if not self.refused:
                logger.error("The message store is full: %s", error)  # noqa: TRY400
            self.refused += 1
            raise StoreAway(str(error)) from error
        except Exception as error:
            raise self._away(error) from error
        since, self._away_since = self._away_since, None
        if since is not None:
            self._away_before += time.monotonic() - since
        if self.failures:
            logger.warning("The message store answers again, after %d failures", self.failures)
            self.failures = 0
        return answer

    def _away(self, why: object) -> StoreAway:
        if not self.failures:
            logger.error("The message store cannot be asked: %r", why)
        self.failures += 1
        self.total_failures += 1
        if self._away_since is None:
            self._away_since = time.monotonic()
        self._again_at = time.monotonic() + PAUSE
        return StoreAway(str(why))
