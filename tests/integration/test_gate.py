"""The copy that carries the count of redeliveries, on real brokers: complete, and in the right queue."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery, chain, chord
from kombu import Consumer, Exchange, Queue
from support.bench import BROKERS, Servers

from celery_safe.broker import register
from celery_safe.gate import redelivery
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker
MARKS = {"redelivered", "x-delivery-count", redelivery.HEADER}


class Place:
    """One queue with a direct binding and one with a topic binding, on one broker."""

    def __init__(self, servers: Servers, broker: str) -> None:
        kind, _, queue_type = broker.partition("-")
        self.server = servers(kind)
        register()
        name = f"{queue_type}-{uuid.uuid4().hex}"
        arguments = {"x-queue-type": queue_type} if queue_type else {}
        if queue_type != "quorum":
            arguments["x-max-priority"] = 9
        self.events = Exchange(f"events-{name}", type="topic")
        self.direct = Queue(f"direct-{name}", Exchange(f"direct-{name}"), f"key-{name}",
                            queue_arguments=arguments)  # fmt: skip
        self.topic = Queue(f"topic-{name}", self.events, "order.#", queue_arguments=arguments)
        self.app = Celery(
            "gate", broker=self.server.url(), backend="cache+memory://", set_as_current=False
        )
        self.app.conf.update(
            task_queues=[self.direct, self.topic], task_default_queue=self.direct.name,
            broker_transport_options={"confirm_publish": True} if kind == "rabbitmq" else {},
        )  # fmt: skip

    def take(self, queue: Queue, seconds: float = 20) -> tuple[Any, Any]:
        """One message of ``queue``, not acknowledged, and a consumer as a worker's is; None for none."""
        got: list[Any] = []
        connection = self.app.connection_for_read()
        consumer = Consumer(connection, [queue], on_message=got.append, prefetch_count=1)
        consumer.consume()
        try:
            until(lambda: got or _drain(connection), f"a message in {queue.name}", seconds)
        except TimeoutError:
            connection.release()
            return None, None
        return got[0], SimpleNamespace(task_consumer=consumer)


def _drain(connection: Any) -> None:
    try:
        connection.drain_events(timeout=0.1)
    except TimeoutError:
        return


@pytest.fixture(params=BROKERS)
def place(request: pytest.FixtureRequest, servers_here: Servers) -> Iterator[Place]:
    made = Place(servers_here, request.param)
    yield made
    made.app.close()


def settle(message: Any, consumer: Any) -> None:
    """Acknowledge, and consume no more."""
    assert message is not None
    consumer.task_consumer.cancel()  # or it takes the next message before it is gone
    message.ack()
    consumer.task_consumer.channel.connection.client.release()


def pass_on(place: Place, message: Any, consumer: Any) -> None:
    """As the gate does: publish the copy, acknowledge the original."""
    to = redelivery.destination(message, consumer)
    redelivery.republish(place.app, message, to, retries=0, redeliveries=1)
    settle(message, consumer)


def test_the_copy_of_a_canvas_is_the_same_byte_for_byte(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chord's header in a chain, with links, priority, ETA, expiry, headers, compression."""

    @place.app.task(name="work")
    def work(*args: Any, **kwargs: Any) -> None: ...

    header = work.s(1, text="é\u2028", n=2**70).set(
        priority=7, countdown=3600, expires=7200, compression="zlib", link=work.s(2),
        link_error=work.si(3), headers={"tenant": "a", "deep": {"n": [1, None]}}, shadow="as-work",
        time_limit=30, soft_time_limit=20, reply_to="replies", queue=place.direct.name,
    )  # fmt: skip
    sent: list[Any] = []
    producer_of = place.app.amqp.send_task_message

    def remember(producer: Any, name: str, message: Any, **options: Any) -> Any:
        sent.append(message)
        return producer_of(producer, name, message, **options)

    monkeypatch.setitem(place.app.amqp.__dict__, "send_task_message", remember)
    chain(chord([header, header.clone()], work.s()), work.si(9)).apply_async()
    assert sent[0].headers["task"] == "work"
    original, consumer = place.take(place.direct)
    before = (original.body, original.content_type, original.content_encoding)
    headers = {k: v for k, v in original.headers.items() if k not in MARKS}
    properties = {k: original.properties.get(k) for k in ("priority", "correlation_id", "reply_to", "delivery_mode", "expiration")}  # fmt: skip
    assert headers["tenant"] == "a"
    assert headers["compression"] == "application/x-gzip"
    assert properties["priority"] == 7
    settle(*place.take(place.direct))
    pass_on(place, original, consumer)
    copy, consumer = place.take(place.direct)
    assert (copy.body, copy.content_type, copy.content_encoding) == before
    assert {k: v for k, v in copy.headers.items() if k not in MARKS} == headers
    assert {k: copy.properties.get(k) for k in properties} == properties
    assert copy.headers[redelivery.HEADER] == "0:1"
    assert not copy.delivery_info.get("redelivered")
    copy.ack()


def test_a_copy_of_a_topic_message_reaches_its_own_queue_alone(place: Place) -> None:
    other = Queue(f"other-{place.topic.name}", place.events, "order.*")
    with place.app.connection_for_write() as connection:
        other(connection.default_channel).declare()
        place.topic(connection.default_channel).declare()
        connection.Producer().publish(
            b"x", exchange=place.events, routing_key="order.created", content_type="application/x-y"
        )
    settle(*place.take(other))
    original, consumer = place.take(place.topic)
    pass_on(place, original, consumer)
    copy, _ = place.take(place.topic)
    assert copy is not None, "the copy is lost"
    copy.ack()
    assert place.take(other, seconds=0.5) == (None, None)


# Not on a quorum queue: whether RabbitMQ elects a leader after kill -9 is another question.
@pytest.mark.own_server
@pytest.mark.parametrize("place", ["redis", "rabbitmq-classic", "sqlite"], indirect=True)
def test_a_copy_outlasts_a_connection_that_the_broker_has_closed(place: Place) -> None:
    """Publishers send no heartbeats: an idle one finds its connection closed after minutes."""
    for restart in (True, False):
        with place.app.connection_for_write() as connection:
            place.direct(connection.default_channel).declare()
            connection.Producer().publish(
                b"x", routing_key=place.direct.name, exchange="", content_type="application/x-y",
                retry=True,
            )  # fmt: skip
        original, consumer = place.take(place.direct)
        pass_on(place, original, consumer)
        if restart:
            settle(*place.take(place.direct))
            place.server.kill()
            place.server.start()
    copy, _ = place.take(place.direct)
    assert copy.headers[redelivery.HEADER] == "0:1"
    copy.ack()
