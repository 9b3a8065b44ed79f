"""A store in an SQL database by SQLAlchemy: PostgreSQL, MySQL 8/MariaDB 10.6, SQLite."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from celery_safe.errors import MissingExtra

try:
    from sqlalchemy import (
        Connection,
        Engine,
        MetaData,
        Select,
        delete,
        func,
        inspect,
        or_,
        select,
        update,
    )
except ImportError as error:
    raise MissingExtra(
        "the SQL store needs SQLAlchemy: pip install 'celery-safe[sqlalchemy]'"
    ) from error


from celery_safe.store import EVERYTHING, KINDS, NO_LIMITS, Count, Entry, Filter, Kind, Limits, New
from celery_safe.store._again import again
from celery_safe.store._room import Room
from celery_safe.store._rows import entry_of, fit, row_of
from celery_safe.store._schema import clock, insert_or_keep
from celery_safe.store._search import conditions, found
from celery_safe.store._sql_held import due_rows
from celery_safe.store._sql_outgoing import Notifier, Outgoing
from celery_safe.store._sql_records import SQLRecords
from celery_safe.store._tables import TABLE, tables

__all__ = ["TABLE", "SQLAlchemyStore", "tables"]


class SQLAlchemyStore(Outgoing):
    """Keeps messages in one table, and the records beside them in another.

    Args:
        engine: a synchronous engine; every call is one short transaction of it.
        metadata: yours, if Alembic makes the tables (see :func:`tables`); else :meth:`init` does.
        name: of the messages' table; the other one ends in ``_records``.
        limits: what it may hold; see :class:`~celery_safe.store._room.Room` for how exactly.
    """

    def __init__(
        self,
        engine: Engine,
        metadata: MetaData | None = None,
        name: str = TABLE,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.engine = engine
        metadata = metadata if metadata is not None else MetaData()
        self.table, self._records_table = tables(metadata, name)
        self.records = SQLRecords(engine, self._records_table, self._transaction)
        self._process = os.getpid()
        self.limits = limits
        self._room = Room(limits)
        self._notifier = Notifier(name)
        self._dialect = engine.dialect.name

    def init(self) -> None:
        """Create the tables and their indexes if they are not there."""
        for one in (self.table, self._records_table):
            one.create(self.engine, checkfirst=True)
        self.check()

    def check(self) -> None:
        """Raise :class:`RuntimeError` that names what is missing in the database."""
        inspector = inspect(self.engine)
        for one in (self.table, self._records_table):
            if not inspector.has_table(one.name):
                raise RuntimeError(f"table {one.name} is missing: run `celery-safe store init`")
            here = {column["name"] for column in inspector.get_columns(one.name)}
            missing = set(one.c.keys()) - here
            if missing:
                raise RuntimeError(
                    f"table {one.name} lacks {', '.join(sorted(missing))}: migrate it"
                )

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._process != os.getpid():
            # Connections of the parent are the parent's: https://docs.sqlalchemy.org/core/pooling.html
            self.engine.dispose(close=False)
            self._process = os.getpid()
        with self.engine.connect() as connection:
            if self._dialect in ("mysql", "mariadb"):
                # Under REPEATABLE READ a search that finds nothing locks the gap and blocks every put.
                # Not by an option of the connection: its errors come without SQLAlchemy's word on them.
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            if self._dialect == "sqlite":
                # Takes the write lock first: a lock that is upgraded later fails at once when busy.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @again
    def now(self) -> float:
        """See :meth:`MessageStore.now`."""
        with self.engine.connect() as connection:
            return self._now(connection)

    def _now(self, connection: Connection) -> float:
        return float(connection.execute(select(clock())).scalar_one())

    def put(self, entries: Sequence[New], connection: Connection | None = None) -> None:
        """See :meth:`MessageStore.put`.

        Args:
            entries: what to put.
            connection: one with your own open transaction: the messages are there if it commits.
        """
        if connection is not None:
            self._insert(connection, entries)
            return
        self._put(entries)

    @again
    def _put(self, entries: Sequence[New]) -> None:
        with self._transaction() as connection:
            self._insert(connection, entries)

    def _insert(self, connection: Connection, entries: Sequence[New]) -> None:
        fresh = {new.id: new for new in reversed(entries)}
        here = connection.execute(select(self.table.c.id).where(self.table.c.id.in_(fresh)))
        for entry_id in here.scalars():
            del fresh[entry_id]
        if not fresh:
            return
        self._room.check(list(fresh.values()), lambda: self._count(connection, EVERYTHING))
        now = self._now(connection)
        # In one order, so that two of these never wait for each other.
        rows = [row_of(fresh[entry_id], now) for entry_id in sorted(fresh)]
        # An id that somebody puts meanwhile stays theirs. No savepoint: SQLite's driver would commit.
        connection.execute(insert_or_keep(self.table, self._dialect), rows)

    @again
    def due(self, kinds: Collection[Kind] = KINDS) -> float | None:
        """See :meth:`MessageStore.due`."""
        c = self.table.c
        times: list[float] = []
        with self.engine.connect() as connection:
            for kind in kinds:
                # Not min(): with another condition MariaDB reads all of the kind for it.
                free = select(c.due_at).where(
                    c.kind == kind, c.due_at.is_not(None), c.lease_until.is_(None)
                )
                first = connection.execute(free.order_by(c.due_at).limit(1)).scalar()
                times += [] if first is None else [float(first)]
            now = self._now(connection)
            if not times or min(times) > now:
                # What is leased was due when it was claimed.
                leased = select(func.min(c.lease_until)).where(
                    c.kind.in_(list(kinds)), c.due_at <= now, c.lease_until.is_not(None)
                )
                end = connection.execute(leased).scalar()
                times += [] if end is None else [float(end)]
        return min(times, default=None)

    @again
    def claim(
        self, owner: str, lease: float, limit: int, kinds: Collection[Kind] = KINDS
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.claim`."""
        with self._transaction() as connection:
            # Enough of each kind, so that a backlog of one does not keep what is older waiting.
            each = [due_rows(connection, self.table, limit, [kind]) for kind in kinds]
            rows = sorted(chain(*each), key=lambda row: (row.due_at, row.id))[:limit]
            if not rows:
                return []
            until = self._now(connection) + lease
            connection.execute(
                update(self.table)
                .where(self.table.c.id.in_([row.id for row in rows]))
                .values(owner=owner, lease_until=until)
            )
        return [entry_of(row, owner, until) for row in rows]

    def _if_held(
        self,
        owner: str,
        ids: Collection[str],
        change: Callable[[Connection, list[str]], object],
    ) -> set[str]:
        c = self.table.c
        held = select(c.id).where(c.id.in_(list(ids)), c.owner == owner, c.lease_until > clock())
        return self._locked(held, change)

    def _if_unclaimed(
        self, ids: Collection[str], change: Callable[[Connection, list[str]], object]
    ) -> set[str]:
        c = self.table.c
        free = select(c.id).where(
            c.id.in_(list(ids)), or_(c.lease_until.is_(None), c.lease_until <= clock())
        )
        return self._locked(free, change)

    @again
    def _locked(
        self, which: Select[Any], change: Callable[[Connection, list[str]], object]
    ) -> set[str]:
        if self._dialect != "sqlite":
            # In one order, so that two of these never wait for each other.
            which = which.order_by(self.table.c.id).with_for_update()
        with self._transaction() as connection:
            ids = list(connection.execute(which).scalars())
            if ids:
                change(connection, ids)
        return set(ids)

    def renew(self, owner: str, ids: Collection[str], lease: float) -> set[str]:
        """See :meth:`MessageStore.renew`."""
        return self._if_held(owner, ids, self._updating(lease_until=clock() + lease))

    def done(self, owner: str, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.done`."""
        return self._if_held(owner, ids, self._delete)

    def release(
        self, owner: str, ids: Collection[str], delay: float | None, error: str = ""
    ) -> set[str]:
        """See :meth:`MessageStore.release`."""
        values: dict[str, Any] = {
            "owner": None,
            "lease_until": None,
            "due_at": None if delay is None else clock() + delay,
            "attempts": self.table.c.attempts + 1,
        }
        if error:
            values["error"] = fit(error)
        return self._if_held(owner, ids, self._updating(**values))

    def discard(self, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.discard`."""
        return self._if_unclaimed(ids, self._delete)

    def replace(self, entry_id: str, new: New) -> bool:
        """See :meth:`MessageStore.replace`."""

        def change(connection: Connection, _: list[str]) -> None:
            now = self._now(connection)
            values = row_of(new, now)
            del values["created_at"]
            connection.execute(
                update(self.table)
                .where(self.table.c.id == entry_id)
                .values(**values, owner=None, lease_until=None)
            )

        return bool(self._if_unclaimed([entry_id], change))

    def _updating(self, **values: Any) -> Callable[[Connection, list[str]], object]:
        return lambda connection, ids: connection.execute(
            update(self.table).where(self.table.c.id.in_(ids)).values(**values)
        )

    def _delete(self, connection: Connection, ids: list[str]) -> None:
        connection.execute(delete(self.table).where(self.table.c.id.in_(ids)))

    @again
    def get(self, entry_id: str) -> Entry | None:
        """See :meth:`MessageStore.get`."""
        with self.engine.connect() as connection:
            row = connection.execute(
                select(self.table).where(self.table.c.id == entry_id)
            ).one_or_none()
        return None if row is None else entry_of(row, row.owner, row.lease_until)

    @again
    def list(
        self, where: Filter = EVERYTHING, limit: int = 100, offset: int = 0
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.list`."""
        query = found(self.table, where, self._dialect, limit + offset).limit(limit).offset(offset)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [entry_of(row, row.owner, row.lease_until) for row in rows]

    @again
    def count(self, where: Filter = EVERYTHING) -> Count:
        """See :meth:`MessageStore.count`."""
        with self.engine.connect() as connection:
            return self._count(connection, where)

    def _count(self, connection: Connection, where: Filter) -> Count:
        query = select(func.count(), func.coalesce(func.sum(self.table.c.size), 0))
        row = connection.execute(
            query.select_from(self.table).where(*conditions(self.table, where, self._dialect))
        ).one()
        return Count(int(row[0]), int(row[1]))
