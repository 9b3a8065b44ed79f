"""PostgreSQL's NOTIFY: seldom enough to cost nothing, and a listener that knows when it is deaf."""

from __future__ import annotations

import select
import time
import uuid
from collections.abc import Callable
from typing import Any

#: Seconds between two notifications of one process. Each takes a lock that all commits wait for.
SELDOM = 0.1
#: Seconds in which a notification of one's own has to come back.
PROBE = 5.0
#: Of our advisory locks: the first of their two numbers, "csaf".
LOCKS = 0x63736166
#: Notifies a channel, ``%(channel)s``, unless somebody leads there and looks by himself.
#: Tried and let go in one statement: it holds nothing, also behind a pooler.
TELL = f"""
SELECT CASE WHEN pg_try_advisory_lock_shared({LOCKS}, hashtext(%(channel)s)) THEN
CASE WHEN pg_advisory_unlock_shared({LOCKS}, hashtext(%(channel)s))
THEN pg_notify(%(channel)s, '')::text END END
"""


class Deaf(ConnectionError):
    """Notifications do not arrive: a pooler in transaction mode, perhaps."""


class Listener:
    """A connection that has been told to listen, and belongs to nobody else.

    Args:
        driver: of psycopg or psycopg2, in autocommit.
        channel: what it listens to.
        close: ends it.
    """

    def __init__(self, driver: Any, channel: str, close: Callable[[], object]) -> None:
        self._driver = driver
        self._channel = channel
        self._close = close
        self._leads = False

    def probe(self, notify: Callable[[str], object]) -> None:
        """Check that what another connection says by ``notify(payload)`` arrives.

        Raises:
            Deaf: it did not.
        """
        payload = uuid.uuid4().hex
        notify(payload)
        end = time.monotonic() + PROBE
        while (left := end - time.monotonic()) > 0:
            if payload in self._received(left):
                return
        raise Deaf(
            "NOTIFY does not arrive, as behind a pooler in transaction mode: "
            "the relay polls instead. Give the store a direct connection"
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

    def lead(self) -> bool:
        """Whether of all that listen this is the one that looks often, until :meth:`rest` or its end."""
        self._leads = self._leads or self._locked("pg_try_advisory_lock")
        return self._leads

    def rest(self) -> bool:
        """Let another one lead; whether it was this one."""
        led, self._leads = self._leads, False
        return led and self._locked("pg_advisory_unlock")

    def _locked(self, function: str) -> bool:
        with self._driver.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, hashtext(%s))", (LOCKS, self._channel))
            return bool(cursor.fetchone()[0])

    def close(self) -> None:
        """End the connection."""
        self._close()
