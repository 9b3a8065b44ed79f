"""Starts: in the journal at once, in the store when they last, erased when they end."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import pytest
from celery.worker import state

from celery_safe.gate import starts as begun
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.starts import RUNNING, Starts
from celery_safe.store._records import MemoryRecords


class Records(MemoryRecords):
    """That can be away."""

    is_away = False

    def write(self, *args: Any, **kwargs: Any) -> None:
        if self.is_away:
            raise ConnectionError("away")
        super().write(*args, **kwargs)

    def erase(self, *args: Any) -> None:
        if self.is_away:
            raise ConnectionError("away")
        super().erase(*args)


class Gate:
    """As much of a gate as its starts ask for."""

    def __init__(self, folder: Path, worker: str = "w", **settings: Any) -> None:
        self.settings = {
            "safe_journal_folder": str(folder),
            "safe_when_store_away": "run",
        } | settings
        self.worker = worker
        self.records = Records(lambda: 0.0)
        self.asked = 0

    def conf(self, name: str) -> Any:
        return self.settings.get(name)

    def group(self) -> str:
        return self.settings.get("group", "shop")

    def ask(self, call: Any, *args: Any) -> Any:
        self.asked += 1
        try:
            return call(*args)
        except ConnectionError as error:
            raise StoreAway(str(error)) from error

    @property
    def told(self) -> list[str]:
        return [record.key for record in self.records.read(RUNNING)]


class Request:
    """A delivered message."""

    def __init__(self, id: str, *, redelivered: bool = False) -> None:
        self.id = id
        self.name = "shop.pay"
        self.delivery_info = {"redelivered": redelivered}
        state.reserved_requests.add(self)

    def end(self) -> None:
        state.reserved_requests.discard(self)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begun, "SOON", 0.0)


@pytest.fixture
def gate(tmp_path: Path) -> Any:
    return Gate(tmp_path)


@pytest.fixture
def starts(gate: Any) -> Any:
    made = Starts(gate)
    yield made
    made.close()


def test_a_start_asks_nobody_and_is_told_soon(gate: Gate, starts: Starts) -> None:
    request = Request("a")
    starts.begin(request)
    assert (gate.asked, gate.told) == (0, [])
    assert starts.fresh.is_set()
    starts.tell()
    assert gate.told == ["a|w"]
    assert starts.unfinished() == [request]
    request.end()
    starts.strike_out()
    assert gate.told == []
    assert starts.unfinished() == []


def test_what_is_over_soon_is_never_told(gate: Gate, starts: Starts) -> None:
    request = Request("a")
    starts.begin(request)
    request.end()
    starts.tell()
    assert gate.told == []


def test_what_has_just_begun_is_told_later(
    gate: Gate, starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("a")
    starts.begin(request)
    monkeypatch.setattr(begun, "SOON", 60)
    starts.tell()
    assert gate.told == []
    assert starts.fresh.is_set()
    monkeypatch.setattr(begun, "SOON", 0)
    starts.tell()
    assert gate.told == ["a|w"]
    assert not starts.fresh.is_set()


def test_what_came_back_is_in_the_store_first(gate: Gate, starts: Starts) -> None:
    request = Request("a", redelivered=True)
    starts.begin(request)
    assert gate.told == ["a|w"]
    gate.records.is_away = True
    with pytest.raises(StoreAway):
        starts.begin(Request("b", redelivered=True))
    assert starts.unfinished() == [request]


@pytest.mark.parametrize("setting", ["hold", "no journal"])
def test_without_a_journal_or_with_hold_the_store_is_asked_first(
    tmp_path: Path, setting: str
) -> None:
    (tmp_path / "file").write_text("")
    gate = (
        Gate(tmp_path, safe_when_store_away="hold")
        if setting == "hold"
        else Gate(tmp_path / "file" / "folder")
    )
    starts = Starts(gate)  # type: ignore[arg-type]
    request = Request("a")
    starts.begin(request)
    assert gate.told == ["a|w"]
    starts.close()


def test_a_store_that_was_away_is_told_later(gate: Gate, starts: Starts) -> None:
    gate.records.is_away = True
    short, long = Request("short"), Request("long", redelivered=True)
    starts.begin(short)
    starts.begin(long, is_store_away=True)
    with pytest.raises(ConnectionError):
        starts.tell()
    short.end()
    starts.forget_ended()
    gate.records.is_away = False
    starts.tell()
    assert gate.told == ["long|w"]


def test_the_loss_of_a_pool_process_erases_the_start(gate: Gate, starts: Starts) -> None:
    request = Request("a")
    starts.begin(request)
    starts.tell()
    starts.lost(request)
    assert gate.told == []
    starts.tell()
    assert gate.told == []


def test_another_app_of_this_host_does_not_take_them(tmp_path: Path) -> None:
    starts = Starts(Gate(tmp_path, "dead", group="shop"))  # type: ignore[arg-type]
    starts.begin(Request("a"))
    starts.close()
    gate = Gate(tmp_path, "next", group="blog")
    after = Starts(gate)  # type: ignore[arg-type]
    assert after.adopt()
    assert gate.told == []
    after.close()


def test_a_loss_whose_store_is_away_is_struck_out_later(gate: Gate, starts: Starts) -> None:
    """Or every other worker would wait for the end of this start."""
    request = Request("a", redelivered=True)
    starts.begin(request)
    gate.records.is_away = True
    starts.lost(request)
    request.end()
    with pytest.raises(ConnectionError):
        starts.strike_out()
    assert gate.told == ["a|w"]
    gate.records.is_away = False
    starts.strike_out()
    assert gate.told == []


def test_a_start_that_another_worker_has_struck_out_is_charged(gate: Gate, starts: Starts) -> None:
    """This worker stood still and was taken for dead; the death of its pool process is the same loss."""
    request = Request("a", redelivered=True)
    starts.begin(request)
    assert not starts.is_charged(request)
    gate.records.erase(RUNNING, ["a|w"])
    assert starts.is_charged(request)


def test_a_start_that_was_never_written_is_not_charged(gate: Gate, starts: Starts) -> None:
    request = Request("a")
    starts.begin(request)
    assert not starts.is_charged(request)
    gate.records.is_away = True
    with pytest.raises(ConnectionError):
        starts.tell()
    gate.records.is_away = False
    assert not starts.is_charged(request)
    starts.tell()
    assert not starts.is_charged(request)


def test_a_loss_while_the_store_is_told_leaves_nothing(gate: Gate, starts: Starts) -> None:
    request = Request("a")
    starts.begin(request)
    write = gate.records.write

    def slowly(*args: Any) -> None:
        starts.lost(request)
        write(*args)

    gate.records.write = slowly  # type: ignore[method-assign, assignment]
    starts.tell()
    assert gate.told == []


def test_what_a_dead_worker_had_begun_is_told_by_the_next(tmp_path: Path) -> None:
    dead = Gate(tmp_path, "dead")
    starts = Starts(dead)  # type: ignore[arg-type]
    starts.begin(Request("a"))
    starts.close()  # with an unfinished start, as at a cold shutdown
    gate = Gate(tmp_path, "next")
    after = Starts(gate)  # type: ignore[arg-type]
    assert after.adopt()
    assert gate.told == ["a|dead"]
    after.close()


def test_what_the_pool_runs_is_not_over_when_the_connection_is_lost(
    gate: Gate, starts: Starts
) -> None:
    """Celery forgets what is reserved then; 5.5 and 5.6 also of what the pool has begun."""
    begun_, waiting = Request("begun"), Request("waiting")
    for request in (begun_, waiting):
        starts.begin(request)
    starts.tell()
    state.active_requests.add(begun_)  # type: ignore[arg-type]
    state.reserved_requests.clear()
    starts.strike_out()
    assert gate.told == ["begun|w"]
    assert (starts.has("begun"), starts.has("waiting")) == (True, False)
    state.active_requests.discard(begun_)  # type: ignore[arg-type]
    starts.strike_out()
    assert gate.told == []
    assert not starts.has("begun")


def test_a_request_that_is_over_is_let_go_at_once(starts: Starts) -> None:
    """Kept until the next beat, a thousand of them cost a tenth of the speed."""
    request = Request("a")
    gone = weakref.ref(request)
    starts.begin(request)
    del request
    assert gone() is None
    assert starts.unfinished() == []
    assert not starts.has("a")
