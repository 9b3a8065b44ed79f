"""A transaction that the database ended is run again, and nothing else is."""

from __future__ import annotations

import pytest

from celery_safe.store._deadlocks import again_after_deadlock


class Refused(Exception):
    def __init__(self, *args: object, sqlstate: str | None = None) -> None:
        super().__init__(*args)
        self.sqlstate = sqlstate


class Wrapped(Exception):
    """As SQLAlchemy wraps a driver's error."""

    def __init__(self, orig: Exception) -> None:
        self.orig = orig


def runs_of(error: Exception, times: int) -> int:
    runs = 0

    @again_after_deadlock
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
