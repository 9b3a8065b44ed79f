"""PostgreSQL's NOTIFY: seldom enough to cost nothing, and a listener that knows when it is deaf."""

from __future__ import annotations

import contextlib
import select
import time
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, text

#: Seconds between two notifications of one process. Each takes a lock that all commits wait for;
#: whoever listens looks often for that long after the first.
SELDOM = 0.1
#: Seconds in which a notification of one's own has to come back.
PROBE = 2.0


class Notifier:
    """Tells the listeners of a channel, inside the transaction that has something for them."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._told_at = 0.0

    def tell(self, connection: Connection) -> None:
        """Notify when ``connection`` commits, unless this process has just done so."""
        now = time.monotonic()
        if connection.dialect.name == "postgresql" and now - self._told_at >= SELDOM:
            self._told_at = now
            # Always the same payload: several in one transaction are one.
            connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": self._channel})


class Deaf(ConnectionError):
    """Notifications do not arrive: a pooler in transaction mode, perhaps."""


class Listener:
    """A connection of its own that listens.

    Args:
        engine: whose database and driver: psycopg or psycopg2.
        channel: to listen to.

    Raises:
        Deaf: a notification of its own did not come back.
    """

    def __init__(self, engine: Engine, channel: str) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            name = engine.dialect.identifier_preparer.quote(channel)
            self._connection.exec_driver_sql(f"LISTEN {name}")
            self._driver: Any = self._connection.connection.driver_connection
            self._probe(engine, channel)
        except BaseException:
            self.close()
            raise

    def _probe(self, engine: Engine, channel: str) -> None:
        payload = uuid.uuid4().hex
        with engine.begin() as other:
            other.execute(
                text("SELECT pg_notify(:channel, :payload)"),
                {"channel": channel, "payload": payload},
            )
        end = time.monotonic() + PROBE
        while (left := end - time.monotonic()) > 0:
            if payload in self._received(left):
                return
        raise Deaf(
            "NOTIFY does not arrive, as behind a pooler in transaction mode: "
            "the relay polls instead. Give the store's engine a direct connection"
        )

    def _received(self, timeout: float) -> list[str]:
        """Payloads that came within ``timeout`` seconds; at least one ends the wait."""
        if hasattr(self._driver, "pgconn"):  # psycopg 3.2
            return [n.payload for n in self._driver.notifies(timeout=timeout, stop_after=1)]
        ready, _, _ = select.select([self._driver], [], [], timeout)
        if ready:
            self._driver.poll()
        found = [n.payload for n in self._driver.notifies]
        self._driver.notifies.clear()
        return found

    def wait(self, timeout: float) -> bool:
        """Whether somebody notified within ``timeout`` seconds. Raises what the driver raises."""
        return bool(self._received(timeout))

    def close(self) -> None:
        """End the connection: one that listens must not go back to the pool."""
        with contextlib.suppress(Exception):
            self._connection.invalidate()
        self._connection.close()


@contextlib.contextmanager
def listening(engine: Engine, channel: str) -> Iterator[Listener]:
    """A listener for the block."""
    listener = Listener(engine, channel)
    try:
        yield listener
    finally:
        listener.close()
