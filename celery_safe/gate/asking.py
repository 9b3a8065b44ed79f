"""Asking a store from the worker's main process, which must go on sending heartbeats."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import Any, TypeVar

from celery.utils.log import get_logger

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
        except Exception as error:
            raise self._away(error) from error
        if self.failures:
            logger.warning("The message store answers again, after %d failures", self.failures)
            self.failures = 0
        return answer

    def _away(self, why: object) -> StoreAway:
        if not self.failures:
            logger.error("The message store cannot be asked: %r", why)
        self.failures += 1
        self._again_at = time.monotonic() + PAUSE
        return StoreAway(str(why))
