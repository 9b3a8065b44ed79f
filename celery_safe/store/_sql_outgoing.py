"""What the outbox needs of an SQL store: rows by somebody else's connection, and a way to hear of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Double, Engine, Table, bindparam, select, text

from celery_safe.store import EVERYTHING, KINDS, LANE, Count, Entry, Filter, Kind, New
from celery_safe.store._again import again
from celery_safe.store._notify import SELDOM, TELL, Listener
from celery_safe.store._room import Room
from celery_safe.store._rows import entry_of, row_of
from celery_safe.store._schema import clock
from celery_safe.store._sql_held import NOWHERE, Held, Mark, due_rows
from celery_safe.store._sql_records import SQLRecords

_TELL = text(TELL.replace("::", "\\:\\:").replace("%(channel)s", ":channel"))
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


class Notifier:
    """Tells the listeners of a channel, inside the transaction that has something for them."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._told_at = 0.0

    def tell(self, connection: Connection) -> None:
        """Notify when ``connection`` commits, unless this process has just done so or a relay is looking."""
        now = time.monotonic()
        if connection.dialect.name == "postgresql" and now - self._told_at >= SELDOM:
            self._told_at = now
            # Always the same payload: several in one transaction are one.
            connection.execute(_TELL, {"channel": self._channel})


class Outgoing:
    """A part of :class:`~celery_safe.store.sqlalchemy.SQLAlchemyStore`."""

    engine: Engine
    table: Table
    _dialect: str
    _notifier: Notifier
    _transaction: Callable[[], AbstractContextManager[Connection]]
    _room: Room
    records: SQLRecords
    _count: Callable[[Connection, Filter], Count]

    def write(self, entries: Sequence[New], connection: Connection) -> None:
        """Insert new entries by one statement of your own open transaction.

        Unlike :meth:`put`, an id that is here already is an error of the database.
        """
        self._room.check(entries, lambda: self._count(connection, EVERYTHING))
        rows = [{**row_of(new, 0.0), "delay": new.delay} for new in entries]
        for row in rows:
            del row["created_at"], row["due_at"]
        due = clock() + bindparam("delay", type_=Double())
        connection.execute(self.table.insert().values(created_at=clock(), due_at=due), rows)
        if any(new.delay == 0 for new in entries):
            self._notifier.tell(connection)

    def send(self, entries: Sequence[New]) -> None:
        """Put what no transaction is open for, and tell the relays."""
        with self._transaction() as connection:
            self.write(entries, connection)

    @again
    def upcoming(self, kind: Kind, limit: int = 100, offset: int = 0) -> Sequence[Entry]:
        """See :meth:`MessageStore.upcoming`."""
        c = self.table.c
        query = select(self.table).where(c.kind == kind, c.due_at.is_not(None))
        query = query.order_by(c.due_at, c.id).limit(limit).offset(offset)
        with self.engine.connect() as connection:
            return [entry_of(r, r.owner, r.lease_until) for r in connection.execute(query)]

    @property
    def listener(self) -> Callable[[], Listener] | None:
        """Makes what hears of new entries, or None if this database tells nobody."""
        if self._dialect != "postgresql":
            return None
        return self._listen

    def _listen(self) -> Listener:
        own = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

        def close() -> None:
            own.invalidate()  # one that listens must not go back to the pool
            own.close()

        try:
            name = self.engine.dialect.identifier_preparer.quote(self.table.name)
            own.exec_driver_sql(f"LISTEN {name}")
            listener = Listener(own.connection.driver_connection, self.table.name, close)
            listener.probe(self._notify)
        except BaseException:
            close()
            raise
        return listener

    def _notify(self, payload: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(_NOTIFY, {"channel": self.table.name, "payload": payload})

    @property
    def can_hold(self) -> bool:
        """Whether :meth:`hold` works here: SQLite has one lock for everything."""
        return self._dialect != "sqlite"

    @contextmanager
    def hold(
        self,
        limit: int,
        kinds: Collection[Kind] = KINDS,
        after: Mapping[str, Mark] = NOWHERE,
    ) -> Iterator[Held]:
        """Due entries, locked until the block ends; what was decided of them is written then.

        Others pass over them; should this process die, they are free at once.

        Args:
            limit: how many.
            kinds: which.
            after: of a kind those behind this time and id.
        """
        with self._transaction() as connection:
            rows = due_rows(connection, self.table, limit, kinds, after)
            if rows:
                self._give_up_when_idle(connection)
            yield Held(connection, self.table, rows)

    def _give_up_when_idle(self, connection: Connection) -> None:
        """A relay that stands still gives up what it holds."""
        if self._dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '60s'")

    @contextmanager
    def hold_lane(self, limit: int, without: Collection[str]) -> Iterator[Held | None]:
        """As :meth:`hold` the rows that keep an order; None if somebody else holds them.

        Args:
            limit: how many.
            without: reasons of entries that are left out.
        """
        c, lane = self.table.c, self.records.table.c
        with self._transaction() as connection:
            mine = select(lane.key).where(lane.topic == LANE, lane.key == LANE)
            if connection.execute(mine.with_for_update(skip_locked=True)).first() is None:
                yield None
                return
            self._give_up_when_idle(connection)
            query = select(self.table).where(c.kind == "ordered", c.reason.not_in(list(without)))
            # Not past rows that are locked: they may be the first of their key.
            query = query.order_by(c.due_at, c.id).limit(limit).with_for_update()
            yield Held(connection, self.table, connection.execute(query).all())
