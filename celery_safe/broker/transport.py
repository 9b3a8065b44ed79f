"""The transport of the embedded broker: when it looks for messages."""
# The signatures are kombu's, whether or not an argument matters here.
# ruff: noqa: ARG002

# kombu's base classes are typed by their stand-in values (None, 'N/A'), which every transport overrides.
# pyright: reportIncompatibleMethodOverride=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
from __future__ import annotations

import sqlite3
from queue import Empty
from typing import Any

from kombu.transport import virtual

from celery_safe.broker.channel import Channel
from celery_safe.broker.location import check_options

#: Seconds between two looks at the file while there is nothing to do; ``polling_interval`` changes it.
IDLE = 0.03
#: Messages taken before the worker's other business has its turn.
BATCH = 50


class Transport(virtual.Transport):
    """``sqlite+safe://``."""

    Channel = Channel
    can_parse_url = False
    polling_interval = IDLE
    driver_type = "sqlite"
    driver_name = "sqlite3"
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct", "topic", "fanout"])
    )
    _leave_loop: Any = None

    def __init__(self, client: Any, **kwargs: Any) -> None:
        check_options(client.transport_options or {})
        super().__init__(client, **kwargs)

    def driver_version(self) -> str:
        """Return the version of the SQLite library."""
        return sqlite3.sqlite_version

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Look for messages on each turn of the loop, and wake it while it is idle."""

        def drain() -> None:
            try:
                for _ in range(BATCH):
                    self.cycle.get(self._deliver, timeout=0)
            except Empty:
                return

        timer = loop.call_repeatedly(self.polling_interval, lambda: None)
        loop.on_tick.add(drain)

        def leave() -> None:
            loop.on_tick.discard(drain)
            timer.cancel()

        self._leave_loop = leave

    def close_connection(self, connection: Any) -> None:
        """Leave the event loop, then close the channels."""
        if self._leave_loop is not None:
            self._leave_loop()
            self._leave_loop = None
        super().close_connection(connection)
