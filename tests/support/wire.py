"""A call straight to an in-memory broker, and the same call through an outbox and its columns."""

from __future__ import annotations

import base64
from typing import Any

from support.shapes import SHAPES, make_app, repeatable

from celery_safe.message import Message
from celery_safe.outbox import targets
from celery_safe.store.memory import MemoryStore


class Kept:
    """A transaction that commits at once."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def is_open(self) -> bool:
        return True

    def add(self, app: Any, entries: Any) -> None:
        self.store.put(entries)


def made_app() -> Any:
    made = make_app("memory://", MemoryStore(), backend="cache+memory://")
    made.broker = made.connection_for_write()
    for queue in made.amqp.queues.values():
        queue(made.broker.default_channel).declare()
    wire(made)
    return made


def wire(app: Any) -> list[dict[str, Any]]:
    """Everything in the queues of the broker, as it is there, and empty them."""
    found = []
    channel = app.broker.default_channel
    for name in sorted(channel.queues):
        queue = channel.queues[name]
        while queue.qsize():
            raw = queue.get()
            body = raw["body"]
            if raw["properties"].get("body_encoding") == "base64":
                body = base64.b64decode(body)
            if raw["headers"].get("task") is None:
                body = len(body) > 0  # an event has the time and its process in it
            found.append({**raw, "body": body, "queue": name})
    return found


def both_ways(app: Any, shape: str) -> tuple[list[Any], list[Any], list[Any]]:
    """What arrives of a direct call; of one in a transaction before its commit, and after."""
    call = SHAPES[shape]
    call(app)  # what is made once, such as an id of this thread, is made
    wire(app)
    with repeatable():
        call(app)
    direct = wire(app)
    kept = Kept()
    with repeatable():
        with targets.Within(kept):
            call(app)
        before = wire(app)
        with app.producer_pool.acquire(block=True) as producer:
            for entry in kept.store.list():
                m = entry.message
                again = Message.from_parts(m.body, m.meta(), m.exchange, m.routing_key)
                again.publish(producer)
    return direct, before, wire(app)
