"""A transaction that the database ended is run again, and nothing else is."""

from __future__ import annotations

import pytest

from celery_safe.store._again import again


class Refused(Exception):
    def __init__(self, *args: object, sqlstate: str | None = None) -> None:
        super().__init__(*args)
        self.sqlstate = sqlstate


class Wrapped(Exception):
    """As SQLAlchemy wraps a driver's error."""

    def __init__(self, orig: Exception, invalidated: bool = False) -> None:
        self.orig = orig
        self.connection_invalidated = invalidated


def runs_of(error: Exception, times: int) -> int:
    runs = 0

    @again
    def transaction() -> str:
        nonlocal runs
        runs += 1
        if runs <= times:
            raise error
        return "done"

    assert transaction() == "done"
    return runs


@pytest.mark.parametrize(
    "error",
    [
        Refused(1213, "Deadlock found when trying to get lock"),
        Refused("deadlock detected", sqlstate="40P01"),
        Wrapped(Refused(1213)),
    ],
)
def test_a_deadlock_is_run_again(error: Exception) -> None:
    assert runs_of(error, 3) == 4
    with pytest.raises(type(error)):
        runs_of(error, 100)


@pytest.mark.parametrize(
    "error", [Refused(1205, "Lock wait timeout"), Refused("gone", sqlstate="57P01"), Refused()]
)
def test_another_error_is_raised_at_once(error: Exception) -> None:
    with pytest.raises(Refused):
        runs_of(error, 1)


def test_a_connection_that_was_gone_is_tried_once_more() -> None:
    gone = Wrapped(Refused("server closed the connection"), invalidated=True)
    assert runs_of(gone, 1) == 2
    with pytest.raises(Wrapped):
        runs_of(gone, 2)
