"""Transactions that a database ended to get out of a deadlock; it expects them to be run again."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: PostgreSQL's deadlock_detected and serialization_failure; MySQL's ER_LOCK_DEADLOCK.
_STATES, _NUMBER = ("40P01", "40001"), 1213
_TRIES = 6


def is_deadlock(error: BaseException) -> bool:
    """Whether the driver's error below one of SQLAlchemy's or Django's says so."""
    below = getattr(error, "orig", None) or error.__cause__ or error
    state = getattr(below, "sqlstate", None) or getattr(below, "pgcode", None)
    return state in _STATES or below.args[:1] == (_NUMBER,)


def again_after_deadlock(call: Callable[P, T]) -> Callable[P, T]:
    """Run ``call``, which is one transaction, again after a deadlock, up to five times.

    InnoDB locks an index and then the row, or the other way round, as the plan of the day has it:
    an order of our own cannot rule deadlocks out.
    """

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        for left in reversed(range(_TRIES)):
            try:
                return call(*args, **kwargs)
            except Exception as error:
                if not left or not is_deadlock(error):
                    raise
            time.sleep(random.uniform(0.001, 0.03))
        raise AssertionError("the last try returns or raises")

    return wrapper
