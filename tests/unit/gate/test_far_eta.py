"""What is due far from now goes on the shelf, by the store's clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from celery_safe.gate import eta
from celery_safe.gate.verdicts import Park, Wait

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def gate(far: float | None = 300) -> Any:
    return SimpleNamespace(
        conf={"safe_eta_in_store": far}.get,
        store=SimpleNamespace(now=lambda: NOW.timestamp()),
        ask=lambda call: call(),
    )


@pytest.mark.parametrize(
    ("due", "ahead", "verdict"),
    [
        (None, 0, None),
        (299, 0, None),  # Celery's own alarm
        (301, 0, Park("eta", "due at 2026-03-01T12:05:01+00:00", delay=301)),
        (1, -86400, Wait(1)),  # the host's clock is a day behind: no alarm for tomorrow
        (-5, -86400, None),
        (7200, -86400, Park("eta", "due at 2026-03-01T14:00:00+00:00", delay=7200)),
        (7200, 86400, None),
    ],
)
def test_by_the_stores_clock(
    monkeypatch: pytest.MonkeyPatch, due: float | None, ahead: float, verdict: Any
) -> None:
    """On a host whose clock is ahead of the store's by so many seconds."""
    monkeypatch.setattr(eta.time, "time", lambda: NOW.timestamp() + ahead)
    when = None if due is None else NOW + timedelta(seconds=due)
    assert eta.guard(SimpleNamespace(_eta=when), gate()) == verdict


def test_it_can_be_switched_off() -> None:
    request = SimpleNamespace(_eta=NOW + timedelta(days=1))
    assert eta.guard(request, gate(far=None)) is None
