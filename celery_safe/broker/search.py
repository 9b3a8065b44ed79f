"""Where in the broker a message is, without taking it.

Redis and the embedded broker are read as they lie there. AMQP shows no message that it does not hand
out: there one learns how many wait, or takes each and gives it back, which has to be asked for.

Touches what ``kombu/transport/redis.py`` keeps in Redis: the lists of its queues, ``unacked``,
``unacked_index``, ``_kombu.binding.*``; tests/integration/test_why.py fails when they move.
"""

# pyright: reportAttributeAccessIssue=false
from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

_PAGE = 1000


class CannotSearch(Exception):
    """What could not be looked at, and why."""


@dataclass(frozen=True)
class Found:
    """A message.

    Attributes:
        queue: its queue.
        state: ``waiting``, ``unacknowledged`` (a worker has it), ``in transit`` to a worker.
        ahead: how many wait before it, None where that is not known.
        since: seconds since 1970 when a worker took it or last said that it lives.
        headers: of the message.
        raw: the message as kombu's virtual transports keep it; empty on AMQP.
    """

    queue: str
    state: str
    ahead: int | None
    since: float | None
    headers: dict[str, Any]
    raw: dict[str, Any]


@dataclass(frozen=True)
class Looked:
    """How much was looked at, for an answer that is honest about what it did not see."""

    messages: int
    queues: tuple[str, ...]
    is_all: bool


def search(
    connection: Any,
    queues: Collection[str],
    task_id: str,
    *,
    take: bool = False,
    seconds: float = 20.0,
) -> Iterator[Found | Looked]:
    """Look for a task's messages; the last thing yielded is how much was looked at.

    Args:
        connection: a kombu connection to the broker.
        queues: the queues that are known; those that Redis and the embedded broker know are added.
        task_id: whose messages.
        take: on AMQP, take each message and give it back; it is marked as redelivered then.
        seconds: how long to look.

    Raises:
        CannotSearch: a broker that cannot be looked into, with what is known of it.
    """
    end = time.monotonic() + seconds
    driver = connection.transport.driver_type
    if driver == "redis":
        yield from _redis(connection.default_channel, set(queues), task_id, end)
    elif driver == "sqlite":
        yield from _sqlite(connection.default_channel.storage.database, task_id)
    elif driver == "amqp":
        yield from _amqp(connection, sorted(queues), task_id, end, take)
    else:
        raise CannotSearch(f"no way is known to look into {driver} without taking what is there")


def _id_of(raw: dict[str, Any]) -> Any:
    return raw.get("headers", {}).get("id") or raw.get("properties", {}).get("correlation_id")


class _Redis:
    """The lists of one Redis, read from the end that is taken first."""

    def __init__(self, channel: Any, task_id: str, end: float) -> None:
        import redis

        self.channel, self.task_id, self.end = channel, task_id, end
        # Without kombu's prefixing client, which does not know all of these commands.
        self.client: Any = redis.Redis(connection_pool=channel.pool)
        self.prefix: str = channel.global_keyprefix or ""
        self.seen = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.end

    def raw(self, item: bytes | str) -> dict[str, Any] | None:
        """The message, if it is the task's."""
        self.seen += 1
        text = item.decode(errors="replace") if isinstance(item, bytes) else item
        if self.task_id not in text:
            return None  # quicker than reading a hundred thousand JSON texts
        raw: dict[str, Any] = json.loads(text)
        return raw if _id_of(raw) == self.task_id else None

    def list(self, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """What of the task is in a list, and how many are before it."""
        at = 0
        while not self.is_over:
            page = self.client.lrange(key, -at - _PAGE, -at - 1)
            for n, item in enumerate(reversed(page)):
                raw = self.raw(item)
                if raw is not None:
                    yield at + n, raw
            at += len(page)
            if len(page) < _PAGE:
                return


def _redis(channel: Any, queues: set[str], task_id: str, end: float) -> Iterator[Found | Looked]:
    look = _Redis(channel, task_id, end)
    for key in look.client.scan_iter(f"{look.prefix}_kombu.binding.*", count=1000):
        for binding in look.client.smembers(key):
            queues.add(binding.decode().split(channel.sep)[-1])
    queues = {queue for queue in queues if not queue.endswith((".pidbox", ".reply"))}
    for queue in sorted(queues):
        ahead = 0
        for step in sorted(set(channel.priority_steps)):
            key = look.prefix + channel._q_for_pri(queue, step)
            for n, raw in look.list(key):
                yield Found(queue, "waiting", ahead + n, None, raw["headers"], raw)
            ahead += look.client.llen(key)
    unacked = look.prefix + channel.unacked_key
    for tag, item in look.client.hscan_iter(unacked, count=1000):
        look.seen += 1
        if task_id not in item.decode(errors="replace"):
            continue
        raw, _, key = json.loads(item)
        if _id_of(raw) == task_id:
            since = look.client.zscore(look.prefix + channel.unacked_index_key, tag)
            yield Found(key, "unacknowledged", None, since, raw["headers"], raw)
    # What our own transport has moved and not yet written down, see broker/_redis_held.py.
    for key in look.client.scan_iter(f"{unacked}-safe:*:taking:*", count=1000):
        for _, raw in look.list(key.decode()):
            queue = key.decode().partition(":taking:")[2][len(look.prefix) :]
            yield Found(queue.split(channel.sep)[0], "in transit", None, None, raw["headers"], raw)
    yield Looked(look.seen, tuple(sorted(queues)), is_all=not look.is_over)


def _sqlite(database: Any, task_id: str) -> Iterator[Found | Looked]:
    rows = database.read(
        "SELECT id, queue, priority, owner IS NOT NULL, body FROM messages WHERE instr(body, ?)", task_id
    )  # fmt: skip
    for number, queue, priority, is_taken, body in rows:
        raw = json.loads(body)
        if _id_of(raw) != task_id:
            continue
        before = database.read(
            "SELECT count(*) FROM messages WHERE queue = ? AND owner IS NULL AND "
            "(priority > ? OR priority = ? AND id < ?)", queue, priority, priority, number,
        )  # fmt: skip
        state, ahead = ("unacknowledged", None) if is_taken else ("waiting", before[0][0])
        yield Found(queue, state, ahead, None, raw["headers"], raw)
    queues = [name for (name,) in database.read("SELECT DISTINCT queue FROM messages")]
    count = database.read("SELECT count(*) FROM messages")[0][0]
    yield Looked(count, tuple(queues), is_all=True)


def _amqp(
    connection: Any, queues: list[str], task_id: str, end: float, take: bool
) -> Iterator[Found | Looked]:
    waiting = {queue: _depth(connection, queue) for queue in queues}
    if not take:
        said = ", ".join(
            f"{queue}: {'there is no such queue' if n is None else f'{n} waiting'}"
            for queue, n in waiting.items()
        )
        raise CannotSearch(f"AMQP shows no message without handing it out ({said}); --take looks")
    seen = 0
    for queue, count in waiting.items():
        channel = connection.channel()
        try:
            for ahead in range(count or 0):
                message = channel.basic_get(queue) if time.monotonic() < end else None
                if message is None:
                    break
                seen += 1
                headers = dict(message.properties.get("application_headers") or message.headers)
                if headers.get("id") == task_id:
                    yield Found(queue, "waiting", ahead, None, headers, {})
        finally:
            channel.close()  # gives everything back, in its old place
    yield Looked(seen, tuple(queues), is_all=time.monotonic() < end)


def _depth(connection: Any, queue: str) -> int | None:
    """How many messages wait; None if there is no such queue."""
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        return None
    finally:
        if getattr(channel, "is_open", True) and getattr(channel, "connection", None):
            channel.close()
