"""What the outbox needs of an SQL store: rows by somebody else's connection, and a way to hear of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Double, Engine, Table, bindparam

from celery_safe.store import EVERYTHING, KINDS, Count, Filter, Kind, New
from celery_safe.store._room import Room
from celery_safe.store._rows import row_of
from celery_safe.store._schema import clock
from celery_safe.store._sql_held import NOWHERE, Held, Mark, due_rows
from celery_safe.store._sql_notify import Listener, Notifier


class Outgoing:
    """A part of :class:`~celery_safe.store.sqlalchemy.SQLAlchemyStore`."""

    engine: Engine
    table: Table
    _dialect: str
    _notifier: Notifier
    _transaction: Callable[[], AbstractContextManager[Connection]]
    _room: Room
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

    @property
    def listener(self) -> Callable[[], Listener] | None:
        """Makes what hears of new entries, or None if this database tells nobody."""
        if self._dialect != "postgresql":
            return None
        return lambda: Listener(self.engine, self.table.name)

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
            if rows and self._dialect == "postgresql":
                # A relay that stands still gives up what it holds.
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '60s'")
            yield Held(connection, self.table, rows)
