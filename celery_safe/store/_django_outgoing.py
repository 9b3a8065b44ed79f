"""What the outbox needs of the Django store: rows held by a lock, and a way to hear of new ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connections, transaction

from celery_safe.store import KINDS, LANE, Entry, Kind, New
from celery_safe.store._django_sql import again, clock_sql
from celery_safe.store._notify import SELDOM, TELL, Listener
from celery_safe.store._rows import entry_of

TABLE = "celery_safe_messages"
#: The time and the id of a row.
Mark = tuple[float, str]


class Outgoing:
    """A part of :class:`~celery_safe.store.django.DjangoStore`."""

    using: str
    _rows: Callable[..., Any]
    _access: Callable[[bool], AbstractContextManager[None]]
    put: Callable[[Sequence[New]], None]
    _told_at = 0.0

    @property
    def can_hold(self) -> bool:
        """Whether :meth:`hold` works here: SQLite has one lock for everything."""
        return str(connections[self.using].vendor) != "sqlite"

    @contextmanager
    def hold(
        self, limit: int, kinds: Collection[Kind] = KINDS, after: Mapping[str, Mark] | None = None
    ) -> Iterator[Held]:
        """Due entries, locked until the block ends; what was decided of them is written then.

        Others pass over them; should this process die, they are free at once.

        Args:
            limit: how many.
            kinds: which.
            after: of a kind those behind this time and id.
        """
        connection = connections[self.using]
        connection.close_if_unusable_or_obsolete()
        with transaction.atomic(using=self.using):
            rows: list[Any] = []
            for kind in kinds:
                if len(rows) < limit:
                    rows += self._due(kind, limit - len(rows), (after or {}).get(kind))
            if rows:
                self._give_up_when_idle()
            yield Held(self.using, rows)

    def _give_up_when_idle(self) -> None:
        """A relay that stands still gives up what it holds."""
        connection = connections[self.using]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '60s'")

    @contextmanager
    def hold_lane(self, limit: int, without: Collection[str]) -> Iterator[Held | None]:
        """As :meth:`hold` the rows that keep an order; None if somebody else holds them.

        Args:
            limit: how many.
            without: reasons of entries that are left out.
        """
        connections[self.using].close_if_unusable_or_obsolete()
        with transaction.atomic(using=self.using):
            lane = self._rows("StoredRecord").filter(topic=LANE, key=LANE)
            if not list(lane.select_for_update(skip_locked=True)):
                yield None
                return
            self._give_up_when_idle()
            rows = self._rows().filter(kind="ordered").exclude(reason__in=list(without))
            # Not past rows that are locked: they may be the first of their key.
            yield Held(self.using, list(rows.order_by("due_at", "id").select_for_update()[:limit]))

    def send(self, entries: Sequence[New]) -> None:
        """Put what no transaction is open for, and tell the relays."""
        with transaction.atomic(using=self.using):
            self.put(entries)
            self.tell()

    @again
    def upcoming(self, kind: Kind, limit: int = 100, offset: int = 0) -> Sequence[Entry]:
        """See :meth:`MessageStore.upcoming`."""
        with self._access(False):
            rows = self._rows().filter(kind=kind, due_at__isnull=False).order_by("due_at", "id")
            return [entry_of(r, r.owner, r.lease_until) for r in rows[offset : offset + limit]]

    def _due(self, kind: Kind, limit: int, after: Mark | None) -> list[Any]:
        connection = connections[self.using]
        # By any other way MySQL sorts, and locks all that it reads.
        index = f"FORCE INDEX ({TABLE}_due)" if connection.vendor == "mysql" else ""
        now = (
            f"(SELECT {clock_sql(connection)})"  # asked once, so that the index is searched for it
        )
        behind, values = "", []
        if after is not None and connection.vendor == "postgresql":
            behind, values = "AND (due_at, id) > (%s, %s)", list(after)
        query = (
            f"SELECT * FROM {TABLE} {index} WHERE kind = %s AND due_at <= {now} {behind} "
            f"AND (lease_until IS NULL OR lease_until <= {now}) "
            "ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED"
        )
        return list(self._rows().raw(query, [kind, *values, limit]))

    def tell(self) -> None:
        """Notify the listeners when the open transaction commits, unless this process has just done so or a relay is looking."""
        connection, now = connections[self.using], time.monotonic()
        if connection.vendor == "postgresql" and now - self._told_at >= SELDOM:
            self._told_at = now
            with connection.cursor() as cursor:
                cursor.execute(TELL, {"channel": TABLE})

    @property
    def listener(self) -> Callable[[], Listener] | None:
        """Makes what hears of new entries, or None if this database tells nobody."""
        if connections[self.using].vendor != "postgresql":
            return None
        return self._listen

    def _listen(self) -> Listener:
        own = connections[self.using].copy()
        try:
            own.ensure_connection()
            with own.cursor() as cursor:
                cursor.execute(f"LISTEN {TABLE}")
            listener = Listener(own.connection, TABLE, own.close)
            listener.probe(self._notify)
        except BaseException:
            own.close()
            raise
        return listener

    def _notify(self, payload: str) -> None:
        with connections[self.using].cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [TABLE, payload])


class Held:
    """Due rows, locked by an open transaction."""

    def __init__(self, using: str, rows: Sequence[Any]) -> None:
        self._using = using
        self.entries: Sequence[Entry] = [entry_of(row, None, None) for row in rows]

    def done(self, ids: Collection[str]) -> None:
        """Delete."""
        if not ids:
            return
        marks = ", ".join(["%s"] * len(ids))
        # By any other way MySQL reads, and waits for, rows that other relays hold.
        is_mysql = connections[self._using].vendor == "mysql"
        begin = (
            f"DELETE {TABLE} FROM {TABLE} FORCE INDEX (PRIMARY)"
            if is_mysql
            else f"DELETE FROM {TABLE}"
        )
        self._execute(f"{begin} WHERE id IN ({marks})", list(ids))

    def later(self, entry: Entry, delay: float, error: str) -> None:
        """One attempt more, due after ``delay`` seconds."""
        clock = clock_sql(connections[self._using])
        self._execute(
            f"UPDATE {TABLE} SET due_at = {clock} + %s, error = %s, attempts = attempts + 1 WHERE id = %s",
            [delay, error, entry.id],
        )

    def bury(self, entry: Entry, reason: str, error: str) -> None:
        """Make it a dead letter."""
        self._execute(
            f"UPDATE {TABLE} SET kind = 'dead', due_at = NULL, reason = %s, error = %s WHERE id = %s",
            [reason, error, entry.id],
        )

    def give_back(self, entries: Sequence[Entry]) -> None:
        """Nothing: they are free with the end of the transaction."""

    def _execute(self, sql: str, values: list[Any]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.execute(sql, values)
