"""One SQLite file as used by one process: opening it, transactions, and noticing that it is gone."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from celery_safe.broker.location import Location, check_place
from celery_safe.broker.ownership import Owners
from celery_safe.errors import BrokerError

_SCHEMA = """
CREATE TABLE processes (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, lock_file INTEGER NOT NULL);
CREATE TABLE queues (
  name TEXT PRIMARY KEY, private INTEGER NOT NULL, auto_delete INTEGER NOT NULL, owner INTEGER NOT NULL,
  message_ttl REAL, expires REAL, used_at REAL NOT NULL);
CREATE TABLE consumers (id TEXT PRIMARY KEY, queue TEXT NOT NULL, process INTEGER NOT NULL);
CREATE TABLE bindings (
  exchange TEXT, type TEXT, routing_key TEXT, pattern TEXT, queue TEXT,
  PRIMARY KEY (exchange, routing_key, queue));
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, priority INTEGER NOT NULL,
  expires_at REAL, owner INTEGER, deliveries INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE INDEX ready ON messages (queue, priority DESC, id) WHERE owner IS NULL;
CREATE INDEX expiring ON messages (expires_at) WHERE expires_at IS NOT NULL;
"""
#: Of the schema, in ``PRAGMA user_version``; a change of the schema raises it and brings its migration.
VERSION = 1
#: ``PRAGMA application_id`` of our files: "CsfB".
APPLICATION = 0x43736642
#: Seconds to wait for another process's transaction.
BUSY = 30.0
#: Bytes to which SQLite cuts the write-ahead log back after a burst.
WAL_LIMIT = 16 * 2**20


class Database:
    """A file and this process's connection to it; safe to use from all threads of the process.

    Args:
        location: the file, and whether commits that must outlast a power cut are synced (``full``).

    Raises:
        BrokerError: when the file or its folder cannot be used as a broker; what to do is said.
        sqlite3.OperationalError: when it cannot be used now (locked for 30 s, disk full): try again.
    """

    def __init__(self, location: Location) -> None:
        check_place(location.path)
        self.path, self._durable = location
        self.lock = threading.RLock()
        #: The file was deleted or replaced: what would be written to it is lost.
        self.gone = False
        #: Random, so that a delivery from a file that was replaced never fits one of its successor.
        self.process = secrets.randbits(62) + 1
        self._level: str | None = None
        self._sql: sqlite3.Connection | None = None
        with self._explained():
            self._sql = self._connect("rwc")
            self._file = self.path.stat()
            self._prepare(self._sql)
            self.owners = Owners(self.path)
            # Before the row is visible: others take a row without a lock for a dead process.
            self.owners.hold(self.process)
            with self.write() as sql:
                sql.execute(
                    "INSERT INTO processes VALUES (?, ?, ?)",
                    (self.process, os.getpid(), self.owners.file),
                )

    def _connect(self, mode: str) -> sqlite3.Connection:
        sql = sqlite3.connect(
            f"file:{quote(os.fsencode(self.path))}?mode={mode}", BUSY,
            isolation_level=None, check_same_thread=False, uri=True,
        )  # fmt: skip
        self._level = None
        sql.execute(f"PRAGMA journal_size_limit={WAL_LIMIT}")
        return sql

    def _prepare(self, sql: sqlite3.Connection) -> None:
        """Make the tables of a new file; refuse a file that is not ours before anything is changed."""
        sql.execute("BEGIN")  # one look: another process may be making the tables
        try:
            self._is_new(sql)
        finally:
            sql.execute("COMMIT")
        mode = _patiently(sql, "PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise BrokerError(
                f"sqlite+safe: {self.path} cannot use a write-ahead log (journal mode stays {mode!r}), as on "
                "network and some shared file systems; use a file on a local disk"
            )
        # Of several processes that start at once, one makes the tables.
        sql.execute("BEGIN IMMEDIATE")
        try:
            if self._is_new(sql):
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    sql.execute(statement)
                sql.execute(f"PRAGMA application_id={APPLICATION}")
                sql.execute(f"PRAGMA user_version={VERSION}")
            sql.execute("COMMIT")
        except BaseException:
            sql.execute("ROLLBACK")
            raise

    def _is_new(self, sql: sqlite3.Connection) -> bool:
        application, version, tables = (
            sql.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master",
            )
        )  # fmt: skip
        if not (application or version or tables):
            return True
        if application != APPLICATION:
            raise BrokerError(
                f"sqlite+safe: {self.path} is an SQLite database of something else; "
                "give the broker a file of its own"
            )
        if version != VERSION:
            raise BrokerError(
                f"sqlite+safe: {self.path} was made by a newer celery-safe (schema {version}, this one "
                f"knows {VERSION}); upgrade celery-safe here, or use another file"
            )
        return False

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction; ``durable=False`` where a power cut may undo it and nothing is lost."""
        with self.lock, self._explained():
            sql = self._ready()
            level = self._durable if durable else "normal"
            if level != self._level:
                sql.execute(f"PRAGMA synchronous={level}")
                self._level = level
            sql.execute("BEGIN IMMEDIATE")
            try:
                yield sql
                sql.execute("COMMIT")
            except BaseException:
                if sql.in_transaction:
                    sql.execute("ROLLBACK")
                raise

    def read(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a query."""
        with self.lock, self._explained():
            return self._ready().execute(statement, values).fetchall()

    def _ready(self) -> sqlite3.Connection:
        """The connection, or an error if the file was deleted or replaced."""
        if self._sql is None and not self.gone and self.path.exists():
            self._sql = self._connect("rw")
        try:
            same = not self.gone and os.path.samestat(self.path.stat(), self._file)
        except FileNotFoundError:
            same = False
        if not same or self._sql is None:
            self.gone = True
            self.disconnect()
            raise sqlite3.OperationalError("it was deleted or replaced while in use")
        return self._sql

    def check(self) -> None:
        """Raise if the file is gone; lock again if the lock file is."""
        with self.lock, self._explained():
            self._ready()
            if self.owners.hold_on(self.process):
                with self.write() as sql:
                    sql.execute(
                        "UPDATE processes SET lock_file = ? WHERE id = ?",
                        (self.owners.file, self.process),
                    )

    def disconnect(self) -> None:
        """Close the connection; the next use opens it again.

        SQLite's knowledge of its own locks must not be carried over a fork: a child would
        believe to hold those of its parent (https://sqlite.org/howtocorrupt.html, section 2.6).
        """
        if self._sql is not None:
            self._sql.close()
            self._sql = None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Name the file in SQLite's errors; passing ones stay what they are, so that they are retried."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if text.startswith("sqlite+safe: "):
                raise
            if "readonly" in text or "unable to open" in text:
                raise BrokerError(
                    f"sqlite+safe: {self.path} cannot be written ({text}); check the owner of the file, of "
                    "its folder and of the files beside it, and that the disk is mounted writable"
                ) from error
            raise sqlite3.OperationalError(f"sqlite+safe: {self.path}: {text}") from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # of our own making, not of the file's
            raise BrokerError(
                f"sqlite+safe: {self.path} is not a sound SQLite database ({error}); move it away with the "
                "files beside it, or name another"
            ) from error
        except OSError as error:
            raise BrokerError(
                f"sqlite+safe: cannot use {self.path} as a broker: {error}"
            ) from error


def _patiently(sql: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
    """Try again while the file is locked: changing the journal mode does not wait by itself."""
    end = time.monotonic() + BUSY
    while True:
        try:
            return sql.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
