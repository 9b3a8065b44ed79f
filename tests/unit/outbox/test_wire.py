"""What goes into the outbox comes out as Celery would have sent it, byte for byte."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from support.shapes import SHAPES, make_app, repeatable

from celery_safe.message import Message
from celery_safe.outbox import targets
from celery_safe.store.memory import MemoryStore

#: Made anew at each delivery, or the wall clock of an event.
PER_DELIVERY = ("delivery_tag",)


class Kept:
    """A transaction that commits at once."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def is_open(self) -> bool:
        return True

    def add(self, app: Any, entries: Any) -> None:
        self.store.put(entries)


def wire(app: Any) -> list[dict[str, Any]]:
    """Everything in the queues of an in-memory broker, as it is there, and empty them."""
    found = []
    channel = app.broker.default_channel
    for name in sorted(channel.queues):
        queue = channel.queues[name]
        while queue.qsize():
            raw = queue.get()
            properties = {k: v for k, v in raw["properties"].items() if k not in PER_DELIVERY}
            body = raw["body"]
            if properties.get("body_encoding") == "base64":
                body = base64.b64decode(body)
            if raw["headers"].get("task") is None:
                body = len(body) > 0  # an event has the time and its process in it
            found.append({**raw, "properties": properties, "body": body, "queue": name})
    return found


@pytest.fixture
def app() -> Any:
    made = make_app("memory://", MemoryStore(), backend="cache+memory://")
    made.broker = made.connection_for_write()
    for queue in made.amqp.queues.values():
        queue(made.broker.default_channel).declare()
    wire(made)
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_is_the_same_on_the_wire(app: Any, shape: str) -> None:
    call = SHAPES[shape]
    call(app)  # what is made once, such as an id of this thread, is made
    wire(app)
    with repeatable():
        call(app)
    direct = wire(app)
    kept = Kept()
    with repeatable(), targets.Within(kept):
        call(app)
    assert wire(app) == [], "something went to the broker before the commit"
    with app.producer_pool.acquire(block=True) as producer:
        for entry in kept.store.list():
            # As from a database: through the columns.
            m = entry.message
            again = Message.from_parts(m.body, m.meta(), m.exchange, m.routing_key)
            again.publish(producer)
    assert len(direct) >= 1
    assert wire(app) == direct


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 45
