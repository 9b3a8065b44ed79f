"""Leases of schedules: one holder at a time, whoever stands still, dies or says nothing."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import state

from celery_safe.beat import WHEN
from celery_safe.gate import overlap
from celery_safe.gate.overlap import AHEAD, SLOT, Leases
from celery_safe.gate.verdicts import Drop, Park, Wait
from celery_safe.store.memory import MemoryStore


class Request:
    """A delivered message, as far as a lease is concerned."""

    def __init__(self, id: str, mode: str = "skip", **facts: Any) -> None:
        self.id, self.name, self.time_limits = id, "shop.close", (None, None)
        self.request_dict = {WHEN: {"name": "nightly", "overlap": mode}, **facts}
        self.delivery_info = {"redelivered": facts.get("redelivered", False)}
        conf = SimpleNamespace(task_time_limit=None)
        self.task = SimpleNamespace(time_limit=None, app=SimpleNamespace(conf=conf))
        state.reserved_requests.add(self)


@pytest.fixture
def clock() -> Any:
    return SimpleNamespace(now=1_000_000.0)


@pytest.fixture
def store(clock: Any) -> MemoryStore:
    return MemoryStore(clock=lambda: clock.now)


@pytest.fixture(autouse=True)
def _nothing_reserved() -> Any:
    yield
    state.reserved_requests.clear()


def gate(leases: Leases, store: MemoryStore) -> Any:
    return SimpleNamespace(leases=leases, store=store, ask=lambda call, *args: call(*args))


def test_one_holder_until_its_end(store: MemoryStore, clock: Any) -> None:
    here, there = Leases(store), Leases(store)
    one, two = Request("1"), Request("2")
    assert here.take("nightly", one) is None
    assert here.take("nightly", one) is None, "asked twice about the same delivery"
    assert there.take("nightly", two) == "1"
    assert there.take("other", two) is None
    for _ in range(100):
        clock.now += 1
        here.renew()
        assert there.take("nightly", Request("3")) == "1"
    state.reserved_requests.discard(one)
    here.renew()
    assert there.take("nightly", two) is None
    assert here.take("nightly", one) == "2"


def test_a_dead_worker_holds_it_no_longer_than_said(store: MemoryStore, clock: Any) -> None:
    Leases(store).take("nightly", Request("1"))
    other = Leases(store)
    begun = clock.now
    while other.take("nightly", Request("2")) is not None:
        clock.now += 0.5
    assert SLOT * AHEAD <= clock.now - begun <= SLOT * (AHEAD + 1)


def test_who_stood_still_knows_that_it_has_lost_it(
    store: MemoryStore, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    slow, other = Leases(store), Leases(store)
    slow.take("nightly", Request("1"))
    clock.now += 60
    taken = Request("2")
    assert other.take("nightly", taken) is None
    slow.renew()
    assert "Task shop.close[1] has lost the lease of the schedule 'nightly'" in caplog.text
    clock.now += 1
    slow.renew()
    other.renew()
    assert slow.take("nightly", Request("3")) == "2", "what is given back is its own"
    assert caplog.text.count("has lost") == 1
    assert "and may still be" in caplog.text


def test_who_stood_still_alone_has_it_again(
    store: MemoryStore, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Leases(store)
    slow.take("nightly", Request("1"))
    clock.now += 60
    slow.renew()
    assert "now it has the lease again" in caplog.text
    assert Leases(store).take("nightly", Request("2")) == "1"


def test_an_end_that_nobody_sees_does_not_hold_for_ever(
    store: MemoryStore, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, ticks = Leases(store), SimpleNamespace(now=0.0)
    monkeypatch.setattr(overlap.time, "monotonic", lambda: ticks.now)
    stuck = Request("1")
    stuck.task.time_limit = 60
    here.take("nightly", stuck)
    while ticks.now < 300 and Leases(store).take("nightly", Request("2")) is not None:
        ticks.now += 1
        clock.now += 1
        here.renew()
    assert 60 < ticks.now < 300


def test_never_two_whatever_happens(store: MemoryStore, clock: Any) -> None:
    """Workers that stop, die and come back at random; who believes to hold it has renewed in time."""
    dice = random.Random(7)
    for _ in range(30):
        workers = [Leases(store) for _ in range(3)]
        renewed: dict[int, float] = {}
        for _ in range(200):
            clock.now += dice.random() * 4
            number = dice.randrange(3)
            leases = workers[number]
            what = dice.choice(["take", "renew", "renew", "end", "stall"])
            if what == "take":
                if leases.take("nightly", Request(f"{dice.random()}")) is None:
                    renewed[number] = clock.now
            elif what == "renew":
                leases.renew()
                if leases._held:
                    renewed[number] = clock.now
            elif what == "end":
                for lease in leases._held:
                    state.reserved_requests.discard(lease.request)
                leases.renew()
            else:
                clock.now += dice.choice([0, 0, 8, 30])
            holders = [
                n for n, w in enumerate(workers)
                if any(not lease.is_lost for lease in w._held) and clock.now - renewed[n] < SLOT * AHEAD
            ]  # fmt: skip
            assert len(holders) <= 1


def test_what_the_guard_answers(store: MemoryStore) -> None:
    leases = Leases(store)
    worker = gate(leases, store)
    assert overlap.guard(Request("1"), worker) is None
    assert isinstance(overlap.guard(Request("2"), worker), Drop)
    parked = overlap.guard(Request("3", "queue"), worker)
    assert isinstance(parked, Park)
    assert (parked.kind, parked.delay) == ("eta", overlap.AGAIN)
    assert "the run 1 of the schedule 'nightly'" in parked.reason
    assert overlap.guard(Request("4", "allow"), worker) is None
    plain = Request("5")
    plain.request_dict = {}
    assert overlap.guard(plain, worker) is None


def test_work_that_has_begun_is_not_dropped(store: MemoryStore) -> None:
    worker = gate(Leases(store), store)
    assert overlap.guard(Request("1"), worker) is None
    for again in (Request("2", redelivered=True), Request("3", retries=1), Request("1")):
        assert isinstance(overlap.guard(again, worker), Wait)


def test_a_long_name_is_a_short_key(store: MemoryStore) -> None:
    assert len(overlap._key("x" * 1000, 200_000_000)) <= 512
