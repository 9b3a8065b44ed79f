"""The private parts that the relay publishes by; what they do, the integration tests tell."""

from __future__ import annotations

import inspect

from amqp.channel import Channel as AMQP
from amqp.transport import SSLTransport, TCPTransport, _AbstractTransport
from kombu.transport.redis import Channel as Redis


def test_parts_of_amqp_are_where_they_were() -> None:
    known = list(inspect.signature(AMQP._basic_publish).parameters)
    assert known == [
        "self", "msg", "exchange", "routing_key", "mandatory", "immediate", "timeout", "confirm_timeout",
        "argsig",
    ]  # fmt: skip
    # With it basic_publish waits for each confirm.
    assert "_confirm_selected" in inspect.getsource(AMQP.basic_publish_confirm)


def test_parts_of_kombu_are_where_they_were() -> None:
    assert list(inspect.signature(Redis.conn_or_acquire).parameters) == ["self", "client"]
    assert "conn_or_acquire" in inspect.getsource(Redis._put)


def test_parts_of_amqps_transports_are_where_they_were() -> None:
    assert "self._write(s)" in inspect.getsource(_AbstractTransport.write)
    assert "self._write = self.sock.sendall" in inspect.getsource(TCPTransport._setup_transport)
    assert inspect.isfunction(SSLTransport._write)
