"""Transactions that are run again: after a deadlock, and on a connection that died while it was idle."""

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


def is_disconnect(error: BaseException) -> bool:
    """Whether SQLAlchemy says that the connection is gone; its pool then makes new ones."""
    return bool(getattr(error, "connection_invalidated", False))


def run(call: Callable[[], T], is_stale: Callable[[BaseException], bool]) -> T:
    """Run ``call``, which is one transaction, again after a deadlock, up to five times.

    InnoDB locks an index and then the row, or the other way round, as the plan of the day has it:
    an order of our own cannot rule deadlocks out. And once where ``is_stale`` says that the
    connection was no good: after a restart of the database, the first to ask would else be told
    that the store is away while it is there.
    """
    is_first = True
    for left in reversed(range(_TRIES)):
        try:
            return call()
        except Exception as error:
            if is_deadlock(error):
                if not left:
                    raise
                time.sleep(random.uniform(0.001, 0.03))
            elif is_first and is_stale(error):
                is_first = False
            else:
                raise
    raise AssertionError("the last try returns or raises")


def again(call: Callable[P, T]) -> Callable[P, T]:
    """See :func:`run`; for the SQLAlchemy store."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(functools.partial(call, *args, **kwargs), is_disconnect)

    return wrapper
