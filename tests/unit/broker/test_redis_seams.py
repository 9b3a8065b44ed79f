"""The private parts of kombu's Redis transport that ours stands on; what they do, the integration tests tell."""

from __future__ import annotations

import inspect
import weakref

import pytest
from kombu.transport import redis as stock

from celery_safe.broker import _redis_held
from celery_safe.broker import redis as ours


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (stock.Channel, "_brpop_start", ["self", "timeout"]),
        (stock.Channel, "_brpop_read", ["self", "options"]),
        (stock.Channel, "_connparams", ["self", "asynchronous"]),
        (stock.Channel, "_poll_error", ["self", "type", "options"]),
        (stock.Channel, "_q_for_pri", ["self", "queue", "pri"]),
        (stock.QoS, "append", ["self", "message", "delivery_tag"]),
        (stock.QoS, "_remove_from_indices", ["self", "delivery_tag", "pipe"]),
        (stock.QoS, "restore_by_tag", ["self", "tag", "client", "leftmost"]),
        (stock.QoS, "restore_visible", ["self", "start", "num", "interval"]),
    ],
)
def test_the_parts_are_where_they_were(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_taking_reads_its_own_reply() -> None:
    """kombu sends one command and reads its reply; both are ours."""
    for name in ("_in_poll", "_queue_cycle", "active_queues", "parse_response", "send_command"):
        source = inspect.getsource(stock.Channel._brpop_start) + inspect.getsource(
            stock.Channel._brpop_read
        )
        assert name in source


@pytest.mark.parametrize("channel", [ours.Channel, ours.SentinelChannel])
def test_the_lease_is_a_transport_option(channel: type) -> None:
    assert "consumer_lease" in channel.from_transport_options  # type: ignore[attr-defined]
    assert issubclass(channel, ours.Leased)


def test_a_connection_closed_while_it_reads_does_not_end_the_renewing() -> None:
    """redis-py says ValueError then; a lease that nobody renews is given to others while its tasks run."""

    class Channel: ...

    class Held:
        tended = 0

        def wait(self) -> bool:
            return self.tended < 2

        def tend(self) -> None:
            self.tended += 1
            if self.tended == 1:
                raise ValueError("I/O operation on closed file.")

    channel, held = Channel(), Held()
    _redis_held._keep(weakref.ref(channel), held)  # type: ignore[arg-type]  # as much as it asks of one
    assert held.tended == 2


def test_a_channel_without_connection_is_a_lost_connection() -> None:
    """So that a publisher connects again instead of giving up with an AttributeError."""
    channel = object.__new__(ours.Channel)
    channel.connection = None
    with pytest.raises(stock.get_redis_error_classes().connection_errors):
        channel._connparams()
