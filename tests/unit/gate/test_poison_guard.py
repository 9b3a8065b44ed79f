"""A message that came back while its task still runs here waits for the end of that run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import state

from celery_safe.gate import poison
from celery_safe.gate.gate import Gate
from celery_safe.gate.starts import RUNNING
from celery_safe.gate.verdicts import Wait
from celery_safe.store._records import MemoryRecords


class Request:
    """A delivered message."""

    id = "a"
    name = "shop.pay"
    delivery_info = {"redelivered": True}


def test_a_task_that_runs_here_is_not_started_beside_itself() -> None:
    """RabbitMQ gives a message back as soon as the connection is lost under its task."""
    starts = SimpleNamespace(adopt=lambda: True, has=lambda id: id == "a")
    gate: Any = SimpleNamespace(starts=starts)
    assert isinstance(poison.guard(Request(), gate), Wait)


def test_a_loss_and_the_end_of_its_start_are_one_question() -> None:
    """A store that goes away between two of them would have the loss counted twice."""
    records = MemoryRecords(lambda: 7.0)
    records.write(RUNNING, "a|dead", {})
    asked: list[Any] = []

    def ask(call: Any, *args: Any) -> Any:
        asked.append(call)
        return call(*args)

    counted: list[str] = []
    gate: Any = SimpleNamespace(
        records=records, store=SimpleNamespace(now=lambda: 7.0), ask=ask, conf=lambda name: 60.0,
        counts=SimpleNamespace(add=lambda what, name: counted.append(f"{what} {name}")),
    )  # fmt: skip
    poison.charge(Request(), gate, "worker w died", start="a|dead")
    assert [loss["how"] for loss in poison.recent(Request(), gate)] == ["worker w died"]
    assert records.read(RUNNING) == []
    writes = [call for call in asked if call.__name__ == "write"]
    assert len(writes) == 1
    assert records.erase not in asked
    assert counted == [f"celery_safe_worker_losses {Request().name}"]


@pytest.mark.parametrize("is_reserved", [True, False])
def test_what_a_lost_connection_delivered_is_not_asked_about_again(is_reserved: bool) -> None:
    """It would run past every guard, beside the one that the broker delivers anew."""
    asked: list[Any] = []
    gate: Any = object.__new__(Gate)
    gate.consumer = SimpleNamespace(on_task_request=asked.append)
    request: Any = Request()
    if is_reserved:
        state.reserved_requests.add(request)
    gate._ask_again(request)
    assert asked == ([request] if is_reserved else [])
    state.reserved_requests.discard(request)
