"""What goes back to the broker, when and how often; on a store in memory."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery

from celery_safe import history
from celery_safe.counting import Counts
from celery_safe.gate import shelving
from celery_safe.gate.releasing import TURN, Releaser
from celery_safe.gate.switches import Switch
from celery_safe.message import Message
from celery_safe.store import Filter, New
from celery_safe.store.memory import MemoryStore


def pay(order: int) -> None: ...


class Gate:
    """As much of a gate as its releaser asks for."""

    def __init__(self, store: MemoryStore, worker: str, **conf: Any) -> None:
        self.app = Celery(
            "releases", broker="memory://", backend="cache+memory://", set_as_current=False
        )
        self.app.task(name="shop.pay")(pay)
        self.store, self.records, self.worker = store, store.records, worker
        self.settings = {"safe_release_rate": 3, "safe_unknown_wait": 100, **conf}
        self.switches: list[Switch] = []
        self.counts = Counts()
        self.is_stopping = False

    def conf(self, name: str) -> Any:
        return self.settings.get(name)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    sent: list[Message] = []
    monkeypatch.setattr(Message, "publish", lambda self, _producer, **_: sent.append(self))
    return sent


def hold(store: MemoryStore, number: int, kind: Any = "held", task: str = "shop.pay") -> None:
    headers = {"task": task, "id": f"t{number}"}
    body = f"[[{number}], {{}}, {{}}]".encode()
    message = Message(body, "application/json", "utf-8", headers, {}, "", "orders")
    store.put([New(message, kind, None, id=f"e{number:04d}")])


def numbers(published: list[Message]) -> list[int]:
    return [int(m.task_id[1:]) for m in published]


def test_what_is_off_is_in_nobodys_way(
    store: MemoryStore, clock: Clock, published: list[Message]
) -> None:
    """More of it than one page holds, and older."""
    gate = Gate(store, "w")
    for n in range(450):
        clock.now += 0.001
        hold(store, n)
    gate.switches = [Switch("hold", "r", "eve", 0.0, argument=f"order={n}") for n in range(440)]
    releaser = Releaser(gate)
    for _ in range(4):
        clock.now += 1
        releaser.step()
    assert numbers(published) == list(range(440, 450))
    assert store.count().messages == 440
    assert {m.headers[shelving.RELEASED] for m in published} == {1}
    assert gate.counts.all() == {("celery_safe_released", ("held", "shop.pay", "orders")): 10}
    (line,) = history.lines(store.records, "t440")
    assert (line.value["what"], line.value["kind"]) == ("released", "held")


def test_one_worker_at_a_time_so_that_the_pace_is_that_of_all(
    store: MemoryStore, clock: Clock, published: list[Message]
) -> None:
    first, second = (Releaser(Gate(store, name)) for name in "ab")
    for n in range(9):
        clock.now += 0.001
        hold(store, n)
    for _ in range(2):
        clock.now += 1
        first.step()
        second.step()
    assert numbers(published) == [0, 1, 2, 3, 4, 5]
    clock.now += TURN + 1  # the first has died
    second.step()
    assert numbers(published) == list(range(9))


def test_a_stopping_worker_lets_another_have_the_turn_at_once(
    store: MemoryStore, clock: Clock, published: list[Message]
) -> None:
    first, second = (Releaser(Gate(store, name)) for name in "ab")
    first.step()
    hold(store, 1)
    first.stop()
    second.step()
    assert numbers(published) == [1]


def test_unknown_tasks_wait_for_their_worker_and_not_for_ever(
    store: MemoryStore, clock: Clock, published: list[Message]
) -> None:
    gate = Gate(store, "w")
    hold(store, 1, "unknown", "shop.new")
    hold(store, 2, "unknown", "shop.pay")
    releaser = Releaser(gate)
    releaser.step()
    assert numbers(published) == [2]
    clock.now += 101
    releaser._looked_at = -100.0
    releaser.step()
    (dead,) = store.list(Filter(kinds=["dead"]))
    assert dead.message.task_id == "t1"
    assert "no worker knew it in time" in dead.reason
    meta = gate.app.backend.get_task_meta("t1")
    assert (meta["status"], type(meta["result"]).__name__) == ("FAILURE", "UnknownTask")


def test_a_released_message_that_comes_back_has_an_entry_of_its_own() -> None:
    message = Message(b"x", "", "", {"task": "shop.pay", "id": uuid.uuid4().hex}, {}, "", "orders")
    again = shelving.released(message)
    ids = [
        shelving.entry(m, "held", "r").id
        for m in (message, message, again, shelving.released(again))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    once = [shelving.entry(m, "held", "r", once="night|shop.pay").id for m in (message, again)]
    assert once[0] != once[1]
    assert shelving.entry(SimpleNamespace(**vars(message) | {"task": "a", "task_id": "b"}), "held", "r",
                          once="night|shop.pay").id == once[0]  # fmt: skip
