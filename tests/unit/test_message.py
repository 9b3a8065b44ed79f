"""Message: what a consumer received can be published again, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Exchange, Producer, Queue
from kombu.compression import encoders

from celery_safe.message import Message

ACCEPT = ["json", "yaml", "pickle"]


@pytest.fixture
def channel() -> Any:
    with Connection("memory://") as connection:
        yield connection.channel()


def wire(message: Any) -> tuple[Any, Any]:
    """A delivered message without what belongs to its delivery."""
    raw = dict(message._raw)
    properties = dict(raw.pop("properties"))
    properties.pop("delivery_tag")
    properties.pop("delivery_info")
    return raw, properties


@pytest.mark.parametrize("compression", [None, *encoders()])
@pytest.mark.parametrize("serializer", ACCEPT)
def test_delivery_goes_over_the_wire_again_byte_for_byte(
    channel: Any, serializer: str, compression: str | None
) -> None:
    app = Celery("wire", set_as_current=False)
    queue = Queue("wire", Exchange("wire"), "wire")(channel)
    queue.declare()
    producer = Producer(channel, auto_declare=False)
    app.send_task(
        "shop.charge",
        args=(1, "é"),
        kwargs={"prices": [1.5]},
        exchange="wire",
        routing_key="wire",
        serializer=serializer,
        compression=compression,
        producer=producer,
        priority=3,
        expires=60,
        headers={"tenant": {"id": 1}},
        link=dict(app.signature("shop.log", args=["x"], immutable=True)),
        chain=[],
    )
    first = queue.get(accept=ACCEPT)
    message = Message.from_delivery(first, "wire")
    assert message.task == "shop.charge"
    assert message.task_id == first.headers["id"]

    kept = Message.from_parts(message.body, message.meta(), message.exchange, message.routing_key)
    assert kept == message
    kept.publish(producer)
    second = queue.get(accept=ACCEPT)

    assert wire(second) == wire(first)
    assert second.payload == first.payload


def test_facts_of_one_delivery_are_left_behind(channel: Any) -> None:
    queue = Queue("facts")(channel)
    queue.declare()
    Producer(channel).publish(
        {"n": 1}, routing_key="facts", headers={"x-death": [{}], "x-delivery-count": 2, "mine": 1}
    )
    message = Message.from_delivery(queue.get(), "facts")
    assert message.headers == {"mine": 1}
    assert "delivery_tag" not in message.properties


def test_expiration_is_milliseconds_on_the_wire(channel: Any) -> None:
    queue = Queue("expires")(channel)
    queue.declare()
    producer = Producer(channel)
    message = Message(b"1", "application/json", "utf-8", {}, {"expiration": "1500"}, "", "expires")
    message.publish(producer)
    assert Message.from_delivery(queue.get(), "expires").properties["expiration"] == "1500"


def test_body_that_is_no_bytes_is_refused() -> None:
    class Delivered:
        headers: dict[str, Any] = {}
        properties: dict[str, Any] = {}
        content_encoding = "utf-8"
        content_type = "x"
        body = 3
        errors: list[Any] = []

    with pytest.raises(ValueError, match="body of a message is int"):
        Message.from_delivery(Delivered(), "q")
