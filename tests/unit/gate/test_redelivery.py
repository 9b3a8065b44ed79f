"""The count of redeliveries, and the copy that carries it."""

import uuid

import pytest
from celery import Celery
from kombu import Connection, Queue

from celery_safe.gate import redelivery


@pytest.mark.parametrize(
    ("header", "retries", "expected"),
    [
        (None, 0, 0),
        ("0:2", 0, 2),
        ("0:2", 1, 0),  # a retry is progress: its count starts anew
        ("1:4", 1, 4),
        ("nonsense", 0, 0),
        ("0:", 0, 0),
        (7, 0, 0),
    ],
)
def test_count(header, retries, expected):
    assert redelivery.count({redelivery.HEADER: header}, retries) == expected


def _one_message(connection, queue):
    got = []
    with connection.Consumer(
        [queue], callbacks=[lambda _body, message: got.append(message)], accept=None
    ):
        connection.drain_events(timeout=5)
    return got[0]


def test_the_copy_keeps_body_headers_and_properties_and_drops_marks_of_delivery():
    app = Celery(broker=f"memory://{uuid.uuid4().hex}", set_as_current=False)
    queue = Queue(f"q-{uuid.uuid4().hex}")
    body = b"\x80raw \xff bytes"
    with app.connection_for_write() as connection:
        producer = connection.Producer()
        producer.publish(
            body,
            routing_key=queue.name,
            exchange="",
            declare=[queue],
            content_type="application/x-mine",
            content_encoding="binary",
            headers={"task": "shop.pay", "tenant": "a", "redelivered": True, "x-delivery-count": 3},
            priority=7,
            expiration=90,
            correlation_id="id-1",
        )
        original = _one_message(connection, queue(connection))
        redelivery.republish(app, original, ("", queue.name), retries=1, redeliveries=2)
        original.ack()
        copy = _one_message(connection, queue(connection))
    assert copy.body == body
    assert (copy.content_type, copy.content_encoding) == ("application/x-mine", "binary")
    assert copy.headers["task"] == "shop.pay"
    assert copy.headers["tenant"] == "a"
    assert copy.headers[redelivery.HEADER] == "1:2"
    assert "redelivered" not in copy.headers
    assert "x-delivery-count" not in copy.headers
    assert copy.properties["priority"] == 7
    assert copy.properties["expiration"] == original.properties["expiration"] == "90000"
    assert copy.properties["correlation_id"] == "id-1"


def test_a_publish_that_fails_raises_so_that_the_original_is_kept():
    app = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.broker_transport_options = {"socket_connect_timeout": 0.1, "max_retries": 1}
    with Connection("memory://") as connection:
        queue = Queue(f"q-{uuid.uuid4().hex}")
        connection.Producer().publish({}, routing_key=queue.name, exchange="", declare=[queue])
        message = _one_message(connection, queue(connection))
        with pytest.raises(Exception, match="refused"):
            redelivery.republish(app, message, ("", queue.name), 0, 1)
