"""What is due far from now goes on the shelf, by the store's clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from celery_safe.gate import eta
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.gate import Gate
from celery_safe.gate.request import GatedRequest
from celery_safe.gate.verdicts import Park, Wait

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def gate(far: float | None = 300) -> Any:
    return SimpleNamespace(
        conf={"safe_eta_in_store": far}.get,
        store=SimpleNamespace(now=lambda: NOW.timestamp()),
        ask=lambda call: call(),
    )


class Request(GatedRequest):
    """As much of a request as matters here."""

    name, expires = "shop.pay", None

    def __init__(self, gate: Any, due: float | None) -> None:
        self.consumer = SimpleNamespace(gate=gate)
        self._eta = None if due is None else NOW + timedelta(seconds=due)


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
    here = gate()
    request = Request(here, due)
    told = request.eta  # by Celery, at the receipt
    assert eta.guard(request, here) == verdict
    assert (told is None) == (request._eta is None or request.is_for_later)


def test_it_can_be_switched_off() -> None:
    here = gate(far=None)
    request = Request(here, 86400)
    assert request.eta == request._eta
    assert eta.guard(request, here) is None


def test_what_waited_long_for_a_process_is_not_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery has set no alarm for it, so that it is the gate's until it is due."""
    here, clock = gate(), [NOW.timestamp()]
    monkeypatch.setattr(eta.time, "time", lambda: clock[0])
    here.store.now = lambda: clock[0]
    request = Request(here, 400)
    assert request.eta is None
    clock[0] += 250
    assert request.eta is None
    assert eta.guard(request, here) == Wait(150)
    clock[0] += 150
    assert eta.guard(request, here) is None


def test_while_the_store_is_away_it_is_not_early_either() -> None:
    def away(*_: Any) -> None:
        raise StoreAway("no answer")

    again: list[Any] = []
    here: Any = object.__new__(Gate)
    here.app = SimpleNamespace(
        conf={"safe_eta_in_store": 300, "safe_when_store_away": "run"}, main="shop"
    )
    here.store = SimpleNamespace(now=None)
    here.ask, here.dedupe_window, here.switches, here._alone = away, None, [], None
    here.again = lambda seconds, call, request: again.append(request)
    request = Request(here, 86400 * 365 * 100)
    assert not here.admit(request)
    assert again == [request]
