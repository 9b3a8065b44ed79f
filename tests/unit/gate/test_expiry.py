"""The guard for what comes too late."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from celery_safe.gate import expiry
from celery_safe.gate.gate import GUARDS
from celery_safe.gate.verdicts import Drop

NOW = datetime.now(timezone.utc)


@pytest.mark.parametrize(
    "expires",
    [None, NOW + timedelta(hours=1), (NOW + timedelta(hours=1)).astimezone(timezone(timedelta(hours=9)))],
)  # fmt: skip
def test_what_is_in_time_is_not_its_affair(expires: Any) -> None:
    assert expiry.guard(SimpleNamespace(expires=expires), None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", [timezone.utc, None])
def test_what_is_late_is_dropped_with_how_late(zone: timezone | None) -> None:
    expires = datetime.now(zone) - timedelta(seconds=3600)
    verdict = expiry.guard(SimpleNamespace(expires=expires), None)  # type: ignore[arg-type]
    assert isinstance(verdict, Drop)
    assert verdict.is_expired
    late = re.match(r"it expired (\d+) s before it could run \(20", verdict.reason)
    assert late
    assert 3600 <= int(late[1]) < 3660


def test_the_order_of_the_guards() -> None:
    """What is held back is not thrown away meanwhile, and what is late convicts nobody."""
    order = [guard.__module__.rpartition(".")[2] for guard in GUARDS]
    assert order[:4] == ["switches", "expiry", "eta", "poison"]
