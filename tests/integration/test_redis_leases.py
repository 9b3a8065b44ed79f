"""The leases of our Redis transport: what a dead consumer had comes back soon, a living one keeps it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from kombu import Connection, Queue
from support.bench import Bench, Servers, on

from celery_safe.broker.connection import SafeConnection
from celery_safe.testing.local import Server, free_port, until

pytestmark = pytest.mark.broker
LEASE = 2

#: A consumer in a process of its own; %s is what happens to it once it has connected.
CONSUMER = """
import os, sys, time
from kombu import Connection, Queue
from celery_safe.broker.connection import SafeConnection
connection = {cls}(sys.argv[1], transport_options={{"consumer_lease": 2, "global_keyprefix": sys.argv[2]}})
channel = connection.channel()
{before}
def received(message):
    print(message.payload, flush=True)
consumer = connection.Consumer([Queue(q) for q in sys.argv[3:]], channel=channel, on_message=received)
consumer.qos(prefetch_count=3)
consumer.consume()
print("ready", flush=True)
while True:
    try:
        connection.drain_events(timeout=0.2)
    except TimeoutError:
        pass
"""
DIES_IN_TRANSIT = """
channel.qos.append = lambda *a: os.kill(os.getpid(), 9)
"""


@pytest.fixture
def server(servers_here: Servers) -> Server:
    server: Server = servers_here("redis")
    redis.Redis.from_url(server.url()).flushdb()
    return server


def connect(server: Server, prefix: str = "", **options: Any) -> Connection:
    return SafeConnection(
        server.url(), transport_options={"consumer_lease": LEASE, "global_keyprefix": prefix, **options}
    )  # fmt: skip


def send(connection: Connection, *bodies: Any, queue: str = "q", priority: int = 0) -> None:
    Queue(queue)(connection.default_channel).declare()
    for body in bodies:
        connection.Producer().publish(body, routing_key=queue, priority=priority)


class Sink:
    """A consumer in this process, which keeps its messages."""

    def __init__(self, connection: Connection, *queues: str, prefetch: int = 0) -> None:
        self.connection = connection
        self.got: list[Any] = []
        self.consumer = connection.Consumer(
            [Queue(q) for q in queues], on_message=self.got.append, prefetch_count=prefetch
        )
        self.consumer.consume()

    def drain(self) -> None:
        try:
            self.connection.drain_events(timeout=0.1)
        except TimeoutError:
            self.consumer.channel.qos.restore_visible(interval=1)

    def receive(self, count: int, seconds: float = 15) -> list[Any]:
        until(lambda: len(self.got) >= count or self.drain(), f"{count} messages", seconds)
        return sorted(m.payload for m in self.got)


def consumer(
    server: Server, *queues: str, before: str = "", prefix: str = "", cls: str = "SafeConnection"
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CONSUMER.format(before=before, cls=cls), server.url(), prefix, *queues],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("prefix", ["", "shop:"])
@pytest.mark.parametrize("priority", [0, 9])
def test_a_message_in_transit_survives_the_death_of_its_consumer(
    server: Server, prefix: str, priority: int
) -> None:
    dying = consumer(server, "other", "q", before=DIES_IN_TRANSIT, prefix=prefix)
    with connect(server, prefix) as connection:
        send(connection, "a", priority=priority)
        assert dying.wait(20) == -signal.SIGKILL
        sink = Sink(connection, "q")
        assert sink.receive(1) == ["a"]
        # It never began, so it is no redelivery.
        assert not sink.got[0].delivery_info.get("redelivered")


def test_kombus_own_transport_loses_it(server: Server) -> None:
    """The same, so that the test above can fail."""
    dying = consumer(server, "q", before=DIES_IN_TRANSIT, cls="Connection")
    with connect(server) as connection:
        send(connection, "a")
        assert dying.wait(20) == -signal.SIGKILL
        with pytest.raises(TimeoutError):
            Sink(connection, "q").receive(1, 2 * LEASE)


def test_what_a_dead_consumer_worked_on_comes_back_once(server: Server) -> None:
    process = consumer(server, "q")
    with connect(server) as connection:
        send(connection, "a", "b")
        assert process.stdout is not None
        assert {process.stdout.readline(), process.stdout.readline()} == {"a\n", "b\n"}
        process.kill()
        begun = time.monotonic()
        first, second = (Sink(c, "q", prefetch=1) for c in (connection, connect(server)))
        until(lambda: (first.got and second.got) or first.drain() or second.drain(), "both", 15)
        assert time.monotonic() - begun < LEASE * 2
        assert sorted(m.payload for m in first.got + second.got) == ["a", "b"]
        assert all(m.delivery_info["redelivered"] for m in first.got + second.got)
        for message in first.got + second.got:
            message.ack()
        left = {
            k
            for k in redis.Redis.from_url(server.url()).scan_iter()
            if b"tags" in k or k == b"unacked"
        }
        assert left == set()


def test_a_living_consumer_keeps_its_work_beyond_the_visibility_timeout(server: Server) -> None:
    with connect(server, visibility_timeout=1) as connection, connect(server) as other:
        send(connection, "a")
        holder = Sink(connection, "q", prefetch=1)
        holder.receive(1)
        waiting = Sink(other, "q")
        other.default_channel.visibility_timeout = 1
        with pytest.raises(TimeoutError):
            waiting.receive(1, LEASE * 2)
        holder.got[0].ack()


def test_a_consumer_that_stood_still_and_goes_on_takes_nothing_from_the_next(
    server: Server,
) -> None:
    process = consumer(server, "q")
    with connect(server) as connection:
        send(connection, "a")
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        sink = Sink(connection, "q")
        assert sink.receive(1) == ["a"]
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(LEASE)
        process.kill()
        time.sleep(LEASE * 1.5)
        sink.drain()
        assert len(sink.got) == 1
        sink.got[0].ack()


def test_a_redis_without_scripts_works_as_with_kombu_and_says_so(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    client = redis.Redis.from_url(server.url())
    client.execute_command("ACL", "SETUSER", "default", "-lmove")
    try:
        with connect(server) as connection:
            send(connection, "a")
            assert Sink(connection, "q").receive(1) == ["a"]
            assert "Use Redis 6.2 or newer" in caplog.text
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+@all")


def test_without_a_lease_it_is_kombus(server: Server) -> None:
    # Under a prefix of its own: a connection of another test may end late.
    with connect(server, "kombus-", consumer_lease=None) as connection:
        send(connection, "a")
        assert Sink(connection, "q").receive(1) == ["a"]
        keys = list(redis.Redis.from_url(server.url()).scan_iter("kombus-*"))
        assert keys
        assert not [key for key in keys if b"-safe" in key]


def test_by_sentinel_too(server: Server, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "sentinel.conf").write_text(
        f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\nsentinel monitor main 127.0.0.1 {server.port} 1\n"
    )
    command = ["redis-server", str(tmp_path / "sentinel.conf"), "--sentinel"]
    sentinel = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)

    def knows_the_master() -> bool:
        try:
            return bool(client.sentinel_masters())
        except redis.ConnectionError:
            return False

    try:
        until(knows_the_master, "Sentinel knows the master", 30)
        options = {"master_name": "main", "consumer_lease": LEASE, "global_keyprefix": "sentinel-"}
        url = f"sentinel://127.0.0.1:{port}/0"
        with SafeConnection(url, transport_options=options) as connection:
            send(connection, "a")
            sink = Sink(connection, "q")
            assert sink.receive(1) == ["a"]
            assert sink.consumer.channel.held is not None
            sink.got[0].ack()
    finally:
        sentinel.kill()
        sentinel.wait()


def test_messages_of_all_queues_and_priorities_arrive_soon(server: Server) -> None:
    with connect(server) as connection, connect(server) as producer:
        sink = Sink(connection, "a", "b", "c")
        with pytest.raises(TimeoutError):
            sink.receive(1, 0.5)
        waited = []
        for n, (queue, priority) in enumerate([("a", 0), ("b", 0), ("c", 3), ("a", 9)]):
            send(producer, n, queue=queue, priority=priority)
            begun = time.monotonic()
            sink.receive(n + 1)
            waited.append(time.monotonic() - begun)
        assert max(waited) < 1


def test_the_urgent_come_first(server: Server) -> None:
    with connect(server) as connection:
        for n, priority in enumerate([9, 0, 3]):
            send(connection, n, priority=priority)
        sink = Sink(connection, "q")
        sink.receive(3)
        assert [m.payload for m in sink.got] == [1, 2, 0]


@on("safe", ["redis"])
def test_work_that_had_not_begun_comes_back_after_a_lost_connection(bench: Bench) -> None:
    """One task runs on over the loss; what waited behind it must not wait for its end."""
    bench.worker("--concurrency", "1", "--prefetch-multiplier", "4")
    bench.send(1, 14)
    until(lambda: bench.started(0), "task 0 runs", 60)
    bench.send(2, 0.1, first=1)
    client = redis.Redis.from_url(bench.broker_url)
    until(lambda: client.hlen("unacked") >= 3, "the worker holds three", 30)
    client.execute_command("CLIENT", "KILL", "TYPE", "normal")
    bench.worker()
    until(lambda: {1, 2} <= set(bench.ended()), "the others have ended", 30)
    assert bench.settle("connection lost", 3, 40) == 0


def test_what_was_in_transit_when_the_connection_was_lost_goes_back(server: Server) -> None:
    client: Any = redis.Redis.from_url(server.url())
    with connect(server) as connection:
        channel: Any = connection.channel()
        assert channel._is_leased()
        channel.held.take_from(["lost"])
        client.lpush("lost", "message")
        # Redis has moved it, and the answer did not arrive.
        client.lmove("lost", channel.held.taking("lost"), "RIGHT", "LEFT")
        channel.abandon(set())
        # While the lease is renewed nobody else would look.
        until(lambda: client.llen("lost") == 1, "it is in its queue again")
        assert client.llen(channel.held.taking("lost")) == 0
