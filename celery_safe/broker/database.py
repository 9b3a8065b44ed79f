"""The schema of the embedded broker and all of its SQL."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from celery_safe.broker.ownership import Owners
from celery_safe.errors import BrokerError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS processes (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, owner INTEGER, message_ttl REAL);
CREATE TABLE IF NOT EXISTS bindings (
  exchange TEXT, type TEXT, routing_key TEXT, pattern TEXT, queue TEXT,
  PRIMARY KEY (exchange, routing_key, queue));
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, priority INTEGER NOT NULL,
  expires_at REAL, owner INTEGER, deliveries INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ready ON messages (queue, priority DESC, id) WHERE owner IS NULL;
"""
#: Of the schema, in ``PRAGMA user_version``.
VERSION = 1
#: Seconds between two looks for dead processes.
REAP_EVERY = 0.5


class Claimed(NamedTuple):
    """A message handed to this process; ``(id, deliveries)`` names this one delivery."""

    id: int
    deliveries: int
    body: str


class Binding(NamedTuple):
    """One row of the routing table."""

    type: str
    routing_key: str
    pattern: str | None
    queue: str


class Database:
    """One file as seen by one process; safe to use from its threads."""

    def __init__(self, path: Path, synchronous: str = "full") -> None:
        _check_place(path)
        self._path = path
        self._lock = threading.RLock()
        self._next_reap = 0.0
        try:
            self._sql = sqlite3.connect(path, 30, isolation_level=None, check_same_thread=False)
            self._begin_use(synchronous)
        except (sqlite3.Error, OSError) as error:
            raise BrokerError(f"sqlite+safe: cannot use {path} as a broker: {error}") from error

    def _begin_use(self, synchronous: str) -> None:
        mode = self._sql.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise BrokerError(
                f"sqlite+safe: {self._path} cannot use WAL (it is {mode}); use a local disk"
            )
        self._sql.execute(f"PRAGMA synchronous={synchronous}")
        version = self._sql.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise BrokerError(
                f"sqlite+safe: {self._path} was made by a newer celery-safe (schema {version}, "
                f"this one knows {VERSION}); upgrade this one or use another file"
            )
        self._owners = Owners(self._path)
        self._inode = self._path.stat().st_ino
        with self._write() as sql:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                sql.execute(statement)
            sql.execute(f"PRAGMA user_version={VERSION}")
            row = sql.execute(
                "INSERT INTO processes (pid) VALUES (?) RETURNING id", (os.getpid(),)
            ).fetchall()
            self.process: int = row[0][0]
            # Before the row is visible: others take a row without a lock for a dead process.
            self._owners.hold(self.process)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield self._sql
                self._sql.execute("COMMIT")
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise

    def _read(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._sql.execute(statement, values).fetchall()

    def put(self, queues: Sequence[str], body: str, priority: int, ttl: float | None) -> None:
        """Store one message in each queue, all or none; ``ttl`` in seconds, a queue's own may be less."""
        own = "(SELECT message_ttl FROM queues WHERE name = ?)"
        with self._write() as sql:
            sql.executemany(
                "INSERT INTO messages (queue, priority, expires_at, body) VALUES (?, ?, "
                f"? + min(coalesce(?, {own}), coalesce({own}, ?)), ?)",
                [(q, priority, time.time(), ttl, q, q, ttl, body) for q in queues],
            )

    def claim(self, queue: str, *, delete: bool = False) -> Claimed | None:
        """Take the next message of a queue, or None; ``delete`` for consumers without acks."""
        ready = "FROM messages WHERE queue = ? AND owner IS NULL"
        if not self._read(f"SELECT 1 {ready} LIMIT 1", queue):
            return None  # without taking the write lock: this is the idle poll
        with self._write() as sql:
            sql.execute(f"DELETE {ready} AND expires_at <= ?", (queue, time.time()))
            rows = sql.execute(
                f"UPDATE messages SET owner = ?, deliveries = deliveries + 1 WHERE id = "
                f"(SELECT id {ready} ORDER BY priority DESC, id LIMIT 1) RETURNING id, deliveries, body",
                (self.process, queue),
            ).fetchall()
            if rows and delete:
                sql.execute("DELETE FROM messages WHERE id = ?", (rows[0][0],))
        return Claimed(*rows[0]) if rows else None

    def ack(self, message: int, deliveries: int) -> None:
        """Delete a delivered message, unless it has been delivered again since."""
        with self._write() as sql:
            sql.execute(
                "DELETE FROM messages WHERE id = ? AND deliveries = ?", (message, deliveries)
            )

    def release(self, message: int, deliveries: int) -> None:
        """Give a message back, in its old place."""
        with self._write() as sql:
            sql.execute(
                "UPDATE messages SET owner = NULL WHERE id = ? AND deliveries = ? AND owner = ?",
                (message, deliveries, self.process),
            )

    def reap(self) -> None:
        """Return what dead processes held and drop their private queues, if it is time to look."""
        if time.monotonic() < self._next_reap:
            return
        self._next_reap = time.monotonic() + REAP_EVERY
        self._check_still_there()
        others = self._read("SELECT id FROM processes WHERE id <> ?", self.process)
        for (process,) in others:
            if self._owners.is_dead(process):
                with self._write() as sql:
                    sql.execute("UPDATE messages SET owner = NULL WHERE owner = ?", (process,))
                    for (queue,) in sql.execute(
                        "SELECT name FROM queues WHERE owner = ?", (process,)
                    ).fetchall():
                        self._drop(sql, queue)
                    sql.execute("DELETE FROM processes WHERE id = ?", (process,))

    def _check_still_there(self) -> None:
        """Raise if the file was deleted or replaced: what is written to it would be lost."""
        try:
            same = self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            same = False
        if not same:
            with _opening:
                _open.pop((os.getpid(), self._path), None)
            raise sqlite3.OperationalError(f"{self._path} was deleted or replaced while in use")
        self._owners.hold_on()

    def declare(self, queue: str, *, private: bool, message_ttl: float | None = None) -> None:
        """Create a queue; a private one goes when this process dies; ``message_ttl`` in seconds."""
        owner = self.process if private else None
        with self._write() as sql:
            sql.execute(
                "INSERT INTO queues VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "owner = excluded.owner, message_ttl = excluded.message_ttl",
                (queue, owner, message_ttl),
            )

    def has(self, queue: str) -> bool:
        """Whether the queue is declared."""
        return bool(self._read("SELECT 1 FROM queues WHERE name = ?", queue))

    def size(self, queue: str) -> int:
        """How many messages wait in the queue (those being worked on not counted)."""
        waiting = (
            "SELECT count(*) FROM messages WHERE queue = ? AND owner IS NULL "
            "AND (expires_at IS NULL OR expires_at > ?)"
        )
        return int(self._read(waiting, queue, time.time())[0][0])

    def purge(self, queue: str) -> int:
        """Delete the waiting messages and say how many."""
        with self._write() as sql:
            return sql.execute(
                "DELETE FROM messages WHERE queue = ? AND owner IS NULL", (queue,)
            ).rowcount

    def drop(self, queue: str) -> None:
        """Delete a queue, its bindings and its messages."""
        with self._write() as sql:
            self._drop(sql, queue)

    @staticmethod
    def _drop(sql: sqlite3.Connection, queue: str) -> None:
        sql.execute("DELETE FROM messages WHERE queue = ?", (queue,))
        sql.execute("DELETE FROM bindings WHERE queue = ?", (queue,))
        sql.execute("DELETE FROM queues WHERE name = ?", (queue,))

    def bind(self, exchange: str, binding: Binding) -> None:
        """Add a row to the routing table that all processes share."""
        with self._write() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO bindings (exchange, type, routing_key, pattern, queue) VALUES (?, ?, ?, ?, ?)",
                (exchange, *binding),
            )

    def unbind(self, exchange: str, routing_key: str, queue: str) -> None:
        """Remove a row from the routing table."""
        with self._write() as sql:
            sql.execute(
                "DELETE FROM bindings WHERE exchange = ? AND routing_key = ? AND queue = ?",
                (exchange, routing_key, queue),
            )

    def bindings(self, exchange: str) -> list[Binding]:
        """Return the routing table of an exchange."""
        rows = self._read(
            "SELECT type, routing_key, pattern, queue FROM bindings WHERE exchange = ?", exchange
        )
        return [Binding(*row) for row in rows]


def _check_place(path: Path) -> None:
    """Raise the one error that says what is wrong with the place, and the next step."""
    if sqlite3.sqlite_version_info < (3, 35):
        raise BrokerError(
            f"sqlite+safe needs SQLite 3.35 or newer, this Python has {sqlite3.sqlite_version}"
        )
    folder = path.parent
    if not folder.is_dir():
        raise BrokerError(
            f"sqlite+safe: folder {folder} does not exist; make it, or choose another"
        )
    if path.is_dir():
        raise BrokerError(f"sqlite+safe: {path} is a folder; write sqlite+safe:///{path}/shop.db")
    # SQLite makes two files beside the database, so the folder must be writable too.
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BrokerError(f"sqlite+safe: folder {folder} is not writable for this user")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise BrokerError(f"sqlite+safe: {path} is not readable and writable for this user")


# Entries of a parent stay after a fork and are never closed: closing SQLite's files in a child
# would disturb the parent's.
_open: dict[tuple[int, Path], Database] = {}
_opening = threading.Lock()


def database(path: Path, synchronous: str = "full") -> Database:
    """Return this process's one :class:`Database` for a file."""
    with _opening:
        key = (os.getpid(), path)
        if key not in _open:
            _open[key] = Database(path, synchronous)
        return _open[key]
