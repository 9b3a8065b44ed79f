"""What the file holds: messages, queues, consumers and bindings; all of their SQL."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from celery_safe.broker.database import Database
from celery_safe.broker.location import Location

#: Seconds between two looks for dead processes and for what has expired.
REAP_EVERY = 0.5
_READY = "queue = ? AND owner IS NULL AND (expires_at IS NULL OR expires_at > ?)"
_EXPIRED_MESSAGES = "expires_at IS NOT NULL AND expires_at <= ? AND owner IS NULL"
_EXPIRED_QUEUES = (
    "expires IS NOT NULL AND used_at + expires <= ? AND name NOT IN (SELECT queue FROM consumers)"
)


class Delivery(NamedTuple):
    """One handing over of one message: written and read as its delivery tag."""

    process: int
    message: int
    number: int

    @classmethod
    def of(cls, tag: str) -> Delivery:
        """Read a tag."""
        return cls(*map(int, tag.split(".")))

    @property
    def tag(self) -> str:
        """As kombu carries it."""
        return ".".join(map(str, self))


class Binding(NamedTuple):
    """One row of the routing table."""

    type: str
    routing_key: str
    pattern: str | None
    queue: str


class Storage:
    """The messages, queues and bindings of one file."""

    def __init__(self, location: Location) -> None:
        self.database = Database(location)
        self._next_reap = 0.0

    # messages

    def put(self, queues: Sequence[str], body: str, priority: int, ttl: float | None) -> None:
        """Store one message in each queue, all or none.

        Args:
            queues: their names, declared or not.
            body: the message.
            priority: 0 to 9, the higher is delivered first.
            ttl: seconds until it expires; a queue's own may be less.
        """
        if not queues:
            return  # a broadcast that nobody listens to
        own = "(SELECT message_ttl FROM queues WHERE name = ?)"
        with self.database.write() as sql:
            sql.executemany(
                "INSERT INTO messages (queue, priority, expires_at, body) VALUES (?, ?, "
                f"? + min(coalesce(?, {own}), coalesce({own}, ?)), ?)",
                [(q, priority, time.time(), ttl, q, q, ttl, body) for q in queues],
            )

    def claim(self, queue: str, *, delete: bool = False) -> tuple[Delivery, str] | None:
        """Take the next message of a queue, or None; ``delete`` for consumers without acks."""
        now = time.time()
        if not self.database.read(f"SELECT 1 FROM messages WHERE {_READY} LIMIT 1", queue, now):
            return None  # without taking the write lock: this is the idle poll
        # Not durable: a power cut ends this process too, and then the message is to come back.
        with self.database.write(durable=delete) as sql:
            rows = sql.execute(
                "UPDATE messages SET owner = ?, deliveries = deliveries + 1 WHERE id = (SELECT id "
                f"FROM messages WHERE {_READY} ORDER BY priority DESC, id LIMIT 1) "
                "RETURNING id, deliveries, body",
                (self.database.process, queue, now),
            ).fetchall()
            if not rows:
                return None
            (message, count, body) = rows[0]
            if delete:
                sql.execute("DELETE FROM messages WHERE id = ?", (message,))
        return Delivery(self.database.process, message, count), body

    def ack(self, delivery: Delivery) -> bool:
        """Delete a delivered message; False if that delivery is no longer this process's."""
        return self._settle("DELETE FROM messages WHERE id = ? AND deliveries = ?", delivery, True)

    def release(self, delivery: Delivery) -> bool:
        """Give a message back, in its old place; False if it is not this process's to give."""
        return self._settle(
            "UPDATE messages SET owner = NULL WHERE id = ? AND deliveries = ? AND owner IS NOT NULL",
            delivery,
            False,
        )

    def _settle(self, statement: str, delivery: Delivery, durable: bool) -> bool:
        if delivery.process != self.database.process:
            return False
        with self.database.write(durable=durable) as sql:
            return sql.execute(statement, (delivery.message, delivery.number)).rowcount == 1

    def size(self, queue: str) -> int:
        """How many messages wait in the queue (those being worked on not counted)."""
        query = f"SELECT count(*) FROM messages WHERE {_READY}"
        return int(self.database.read(query, queue, time.time())[0][0])

    def purge(self, queue: str) -> int:
        """Delete the waiting messages and say how many."""
        with self.database.write() as sql:
            return sql.execute(
                "DELETE FROM messages WHERE queue = ? AND owner IS NULL", (queue,)
            ).rowcount

    # queues

    def declare(
        self,
        queue: str,
        *,
        private: bool = False,
        auto_delete: bool = False,
        message_ttl: float | None = None,
        expires: float | None = None,
    ) -> None:
        """Create a queue, or change its options.

        Args:
            queue: its name.
            private: it goes when this process dies or its last consumer leaves.
            auto_delete: so does it if all of its messages are copies of a broadcast.
            message_ttl: seconds until a message in it expires.
            expires: seconds without consumers after which it goes.
        """
        with self.database.write() as sql:
            sql.execute(
                "INSERT INTO queues (name, private, auto_delete, owner, message_ttl, expires, used_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET private = excluded.private, "
                "auto_delete = excluded.auto_delete, owner = excluded.owner, used_at = excluded.used_at, "
                "message_ttl = excluded.message_ttl, expires = excluded.expires",
                (
                    queue,
                    private,
                    auto_delete,
                    self.database.process,
                    message_ttl,
                    expires,
                    time.time(),
                ),
            )

    def has(self, queue: str) -> bool:
        """Whether the queue is declared."""
        return bool(self.database.read("SELECT 1 FROM queues WHERE name = ?", queue))

    def drop(self, queue: str, *, if_unused: bool = False, if_empty: bool = False) -> None:
        """Delete a queue, its bindings and its messages."""
        with self.database.write() as sql:
            used = "SELECT 1 FROM consumers WHERE queue = ?"
            full = "SELECT 1 FROM messages WHERE queue = ?"
            if if_unused and sql.execute(used, (queue,)).fetchone():
                return
            if if_empty and sql.execute(full, (queue,)).fetchone():
                return
            _drop(sql, queue)

    def add_consumer(self, queue: str) -> str:
        """Note that this process consumes from a queue; returns what takes the note away."""
        consumer = uuid.uuid4().hex
        with self.database.write(durable=False) as sql:
            sql.execute(
                "INSERT INTO consumers VALUES (?, ?, ?)", (consumer, queue, self.database.process)
            )
        return consumer

    def remove_consumer(self, consumer: str) -> None:
        """Take the note away; a queue that was only for its consumers goes with the last one."""
        with self.database.write(durable=False) as sql:
            _forget_consumers(sql, "id = ?", consumer)

    # routing

    def bind(self, exchange: str, binding: Binding) -> None:
        """Add a row to the routing table that all processes share."""
        with self.database.write() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO bindings (exchange, type, routing_key, pattern, queue) "
                "VALUES (?, ?, ?, ?, ?)",
                (exchange, *binding),
            )

    def unbind(self, exchange: str, routing_key: str, queue: str) -> None:
        """Remove a row from the routing table."""
        with self.database.write() as sql:
            sql.execute(
                "DELETE FROM bindings WHERE exchange = ? AND routing_key = ? AND queue = ?",
                (exchange, routing_key, queue),
            )

    def unbind_all(self, exchange: str) -> None:
        """Remove an exchange's rows from the routing table."""
        with self.database.write() as sql:
            sql.execute("DELETE FROM bindings WHERE exchange = ?", (exchange,))

    def bindings(self, exchange: str) -> list[Binding]:
        """Return the routing table of an exchange."""
        rows = self.database.read(
            "SELECT type, routing_key, pattern, queue FROM bindings WHERE exchange = ?", exchange
        )
        return [Binding(*row) for row in rows]

    # what others left behind

    def reap(self) -> None:
        """Return what dead processes held and delete what has expired, if it is time to look."""
        if time.monotonic() < self._next_reap:
            return
        self._next_reap = time.monotonic() + REAP_EVERY
        self.database.check()
        read, owners, now = self.database.read, self.database.owners, time.time()
        others = read(
            "SELECT id, pid, lock_file FROM processes WHERE id <> ?", self.database.process
        )
        dead = [process for process, pid, file in others if owners.is_dead(process, pid, file)]
        expired = (
            f"SELECT EXISTS (SELECT 1 FROM messages WHERE {_EXPIRED_MESSAGES}) "
            f"OR EXISTS (SELECT 1 FROM queues WHERE {_EXPIRED_QUEUES})"
        )
        if not dead and not read(expired, now, now)[0][0]:
            return  # an idle broker writes nothing
        with self.database.write(durable=False) as sql:
            for process in dead:
                _bury(sql, process)
            sql.execute(f"DELETE FROM messages WHERE {_EXPIRED_MESSAGES}", (now,))
            _drop_all(sql, f"SELECT name FROM queues WHERE {_EXPIRED_QUEUES}", now)


def _bury(sql: sqlite3.Connection, process: int) -> None:
    sql.execute("UPDATE messages SET owner = NULL WHERE owner = ?", (process,))
    _forget_consumers(sql, "process = ?", process)
    _drop_all(
        sql,
        "SELECT name FROM queues WHERE owner = ? AND private AND name NOT IN (SELECT queue FROM consumers)",
        process,
    )
    sql.execute("DELETE FROM processes WHERE id = ?", (process,))


def _forget_consumers(sql: sqlite3.Connection, which: str, value: object) -> None:
    left = sql.execute(f"SELECT DISTINCT queue FROM consumers WHERE {which}", (value,)).fetchall()
    sql.execute(f"DELETE FROM consumers WHERE {which}", (value,))
    for (queue,) in left:
        sql.execute("UPDATE queues SET used_at = ? WHERE name = ?", (time.time(), queue))
        # A durable queue with auto_delete may hold work, which outlives a worker; a broadcast's does not.
        _drop_all(
            sql,
            "SELECT name FROM queues WHERE name = ? AND name NOT IN (SELECT queue FROM consumers) AND "
            "(private OR auto_delete AND name IN (SELECT queue FROM bindings GROUP BY queue "
            "HAVING min(type) = 'fanout' AND max(type) = 'fanout'))",
            queue,
        )


def _drop_all(sql: sqlite3.Connection, names: str, value: object) -> None:
    for (queue,) in sql.execute(names, (value,)).fetchall():
        _drop(sql, queue)


def _drop(sql: sqlite3.Connection, queue: str) -> None:
    sql.execute("DELETE FROM messages WHERE queue = ?", (queue,))
    sql.execute("DELETE FROM bindings WHERE queue = ?", (queue,))
    sql.execute("DELETE FROM queues WHERE name = ?", (queue,))
