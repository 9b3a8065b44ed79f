from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from kombu import Connection, Exchange, Queue

from celery_safe.broker import register
from celery_safe.broker.database import APPLICATION
from celery_safe.broker.location import parse
from celery_safe.errors import BrokerError

register()


@pytest.fixture
def url(tmp_path):
    return f"sqlite+safe:///{tmp_path}/b.db"


def put(connection, *bodies, **options):
    with connection.SimpleQueue("q") as queue:
        for body in bodies:
            queue.put(body, **options)


def get(connection, no_ack=False):
    message = connection.default_channel.basic_get("q", no_ack=no_ack)
    return message


def test_priority_then_order_and_ack(url):
    with Connection(url) as connection:
        put(connection, "a", "b")
        put(connection, "high", priority=5)
        seen = [get(connection) for _ in range(3)]
        assert [m.payload for m in seen] == ["high", "a", "b"]
        for message in seen:
            message.ack()
    with Connection(url) as connection:
        assert get(connection) is None


def test_a_closed_channel_gives_back_unacked_messages_once(url):
    with Connection(url) as connection:
        put(connection, "a")
        assert not get(connection).delivery_info.get("redelivered")
    with Connection(url) as connection:
        message = get(connection)
        assert message.delivery_info["redelivered"] is True
        assert get(connection) is None


def test_expired_messages_are_not_delivered(url):
    with Connection(url) as connection:
        put(connection, "a", expiration=0.01)
        time.sleep(0.02)
        assert get(connection) is None


def test_fanout_reaches_every_queue_without_declaring(url):
    exchange = Exchange("f", type="fanout")
    with Connection(url) as consumer, Connection(url) as producer:
        for name in "xy":
            Queue(name, exchange)(consumer.default_channel).declare()
        producer.Producer().publish("hi", exchange="f", routing_key="")
        got = [consumer.default_channel.basic_get(n).payload for n in "xy"]
        assert got == ["hi", "hi"]


HOLD = """
import sys, time
from celery_safe.broker import register
register()
from kombu import Connection
c = Connection(sys.argv[1])
held = [c.default_channel.basic_get("q") for _ in range(3)]
assert all(held)
print("held", flush=True)
time.sleep(60)
"""


def test_sigkill_gives_everything_back_and_sigstop_nothing(url):
    with Connection(url) as connection:
        put(connection, 1, 2, 3)
        child = subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE)
        try:
            assert child.stdout.readline() == b"held\n"
            os.kill(child.pid, signal.SIGSTOP)
            deadline = time.monotonic() + 0.7
            while time.monotonic() < deadline:
                assert get(connection) is None
                time.sleep(0.02)
        finally:
            child.kill()
            child.wait()
        back, deadline = [], time.monotonic() + 5
        while len(back) < 3 and time.monotonic() < deadline:
            message = get(connection)
            back += [message] if message else []
            time.sleep(0 if message else 0.02)
        assert [m.payload for m in back] == [1, 2, 3]
        assert all(m.delivery_info["redelivered"] for m in back)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite+safe://", "names no file"),
        ("sqlite+safe:///x.db?synchronos=full", "did you mean 'synchronous'"),
        ("sqlite+safe:///x.db?synchronous=off", "'full' or 'normal'"),
    ],
)
def test_bad_urls_are_refused(url, words):
    with pytest.raises(BrokerError, match=words):
        parse(url)


def test_what_is_not_a_database_is_refused(tmp_path):
    (tmp_path / "b.db").write_text("not a database, but long enough to be looked at" * 20)
    with pytest.raises(BrokerError, match="not a database"):
        Connection(f"sqlite+safe:///{tmp_path}/b.db").default_channel  # noqa: B018 - connects


def test_a_forked_child_uses_its_own_connection_and_leaves_the_parents_messages(url):
    with Connection(url) as connection:
        put(connection, 1, 2)
        held = get(connection)
        child = os.fork()
        if child == 0:
            with Connection(url) as own:
                message = get(own)
                ok = message.payload == 2 and get(own) is None
                message.ack()
            os._exit(0 if ok else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        time.sleep(0.6)  # past one look for dead processes
        assert get(connection) is None
        held.ack()


CONSUME = """
import sys, time
from celery_safe.broker import register
register()
from kombu import Connection
quiet = time.monotonic() + 1.5
with Connection(sys.argv[1]) as c:
    while time.monotonic() < quiet:
        m = c.default_channel.basic_get("q")
        if m is None:
            time.sleep(0.01)
            continue
        print(m.payload); m.ack(); quiet = time.monotonic() + 1.5
"""
PRODUCE = """
import sys
from celery_safe.broker import register
register()
from kombu import Connection
with Connection(sys.argv[1]) as c, c.SimpleQueue("q") as q:
    for i in range(100):
        q.put(int(sys.argv[2]) + i)
"""


def test_two_producers_and_two_consumers_conserve_every_message(url):
    def run(code, *args):
        return subprocess.Popen([sys.executable, "-c", code, url, *args], stdout=subprocess.PIPE)

    producers = [run(PRODUCE, "0"), run(PRODUCE, "1000")]
    consumers = [run(CONSUME), run(CONSUME)]
    seen = [int(n) for process in consumers for n in process.communicate(timeout=60)[0].split()]
    assert [process.wait(60) for process in producers + consumers] == [0] * 4
    assert sorted(seen) == [*range(100), *range(1000, 1100)]


def test_unroutable_message_is_kept_and_said(url, caplog):
    with Connection(url) as connection:
        Exchange("orders", type="direct")(connection.default_channel).declare()
        connection.Producer().publish("lost?", exchange="orders", routing_key="nowhere")
        message = connection.default_channel.basic_get("ae.undeliver")
        assert message.payload == "lost?"
    assert "no queue is bound to exchange 'orders'" in caplog.text


def test_topic_exchange_routes_by_pattern(url):
    exchange = Exchange("t", type="topic")
    with Connection(url) as connection:
        channel = connection.default_channel
        for name, key in (("all", "#"), ("eu", "order.*.eu"), ("us", "order.*.us")):
            Queue(name, exchange, routing_key=key)(channel).declare()
        connection.Producer().publish("x", exchange="t", routing_key="order.new.eu")
        assert [channel.basic_get(n) is not None for n in ("all", "eu", "us")] == [
            True,
            True,
            False,
        ]


def test_message_ttl_of_a_queue_holds_and_the_shorter_wins(url):
    with Connection(url) as connection:
        channel = connection.default_channel
        Queue("q", message_ttl=0.02)(channel).declare()
        producer = connection.Producer()
        producer.publish("a", routing_key="q")
        producer.publish("b", routing_key="q", expiration=60)
        time.sleep(0.05)
        assert get(connection) is None
        assert channel._size("q") == 0
        Queue("q", message_ttl=60)(channel).declare()
        producer.publish("c", routing_key="q", expiration=0.01)
        producer.publish("d", routing_key="q")
        time.sleep(0.02)
        assert get(connection).payload == "d"


def test_requeue_gives_back_in_the_old_place_as_redelivered(url):
    with Connection(url) as connection:
        put(connection, "a", "b")
        get(connection).requeue()
        message = get(connection)
        assert message.payload == "a"
        assert message.delivery_info["redelivered"] is True
        message.reject()
        assert get(connection).payload == "b"
        assert get(connection) is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nowhere/b.db", "folder .*nowhere does not exist; make it"),
        ("", "is a folder"),
        ("newer.db", r"made by a newer celery-safe \(schema 99"),
        ("other.db", "an SQLite database of something else"),
    ],
)
def test_bad_places_are_named(tmp_path, place, words):
    with sqlite3.connect(tmp_path / "newer.db") as sql:
        sql.execute(f"PRAGMA application_id={APPLICATION}")
        sql.execute("PRAGMA user_version=99")
    with sqlite3.connect(tmp_path / "other.db") as sql:
        sql.execute("CREATE TABLE messages (text)")
    with pytest.raises(BrokerError, match=words):
        Connection(f"sqlite+safe:///{tmp_path / place}").default_channel  # noqa: B018 - connects


@pytest.mark.parametrize(
    ("what", "words"),
    [("folder", "folder .* is not writable"), ("file", "not readable and writable")],
)
def test_places_of_other_users_are_named(url, tmp_path, monkeypatch, what, words):
    (tmp_path / "b.db").touch()
    bad = tmp_path if what == "folder" else tmp_path / "b.db"
    monkeypatch.setattr(os, "access", lambda path, mode: path != bad)  # root may write anywhere
    with pytest.raises(BrokerError, match=words):
        Connection(url).default_channel  # noqa: B018 - connects


def test_a_deleted_file_is_an_error_and_the_next_connection_starts_anew(url, tmp_path):
    with Connection(url) as connection:
        put(connection, "a")
        for path in tmp_path.glob("b.db*"):
            path.unlink()
        time.sleep(0.6)
        with pytest.raises(connection.connection_errors, match="deleted or replaced"):
            get(connection)
    with Connection(url) as connection:
        put(connection, "b")
        assert get(connection).payload == "b"


def test_a_deleted_lock_file_makes_nobody_look_dead(url, tmp_path):
    with Connection(url) as connection:
        put(connection, "a")
        held = get(connection)
        (tmp_path / "b.db-owners").unlink()
        time.sleep(0.6)
        assert get(connection) is None  # looks, and locks again
        code = (
            "import sys, time\nfrom celery_safe.broker import register\nregister()\n"
            "from kombu import Connection\nc = Connection(sys.argv[1])\nend = time.monotonic() + 1.2\n"
            "while time.monotonic() < end:\n"
            "    assert c.default_channel.basic_get('q') is None\n    time.sleep(0.05)\n"
        )
        assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0
        held.ack()


def test_whoever_may_use_the_database_may_lock(url, tmp_path):
    (tmp_path / "b.db").touch(0o600)
    (tmp_path / "b.db").chmod(0o660)
    with Connection(url) as connection:
        put(connection, "a")
    assert {oct(p.stat().st_mode & 0o777) for p in tmp_path.glob("b.db*")} == {"0o660"}
