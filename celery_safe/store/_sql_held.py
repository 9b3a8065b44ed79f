"""Rows that are held by a lock and not by a lease: free in the moment that their holder dies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, or_, select, text, update

from celery_safe.store import Entry, Kind
from celery_safe.store._rows import entry_of
from celery_safe.store._schema import clock


def due_rows(
    shelf: Table, dialect: str, limit: int, kinds: Collection[Kind], after: Entry | None = None
) -> Select[Any]:
    """Due rows that nobody holds, the longest due first.

    The clock is a subquery: it is then asked once, and the index can be used with it.
    """
    c = shelf.c
    now = select(clock()).scalar_subquery()
    ready = [
        c.due_at <= now,
        or_(c.lease_until.is_(None), c.lease_until <= now),
        c.kind.in_(list(kinds)),
    ]
    if after is not None and dialect == "postgresql":
        # Past the rows that were just deleted: an old snapshot may keep them in the index.
        ready.append(or_(c.due_at > after.due_at, and_(c.due_at == after.due_at, c.id > after.id)))
        ready.append(c.due_at >= after.due_at)
    query = select(shelf).where(*ready).order_by(c.due_at, c.id).limit(limit)
    if dialect in ("mysql", "mariadb"):
        # By any other way it sorts, and locks all that it reads.
        query = query.with_hint(shelf, f"FORCE INDEX ({shelf.name}_due)")
    return query if dialect == "sqlite" else query.with_for_update(skip_locked=True)


class Held:
    """Due rows, locked by an open transaction. What is decided of them is written at its end."""

    def __init__(self, connection: Connection, shelf: Table, query: Select[Any]) -> None:
        self._connection = connection
        self._table = shelf
        rows = connection.execute(query).all()
        self.entries: Sequence[Entry] = [entry_of(row, None, None) for row in rows]

    def done(self, ids: Collection[str]) -> None:
        """Delete."""
        if not ids:
            return
        if self._connection.dialect.name in ("mysql", "mariadb"):
            # By any other way it reads, and waits for, rows that other relays hold.
            name = self._connection.dialect.identifier_preparer.quote(self._table.name)
            by_key = text(f"DELETE {name} FROM {name} FORCE INDEX (PRIMARY) WHERE id IN :ids")
            self._connection.execute(
                by_key.bindparams(bindparam("ids", expanding=True)), {"ids": list(ids)}
            )
            return
        self._connection.execute(delete(self._table).where(self._table.c.id.in_(list(ids))))

    def later(self, entry: Entry, delay: float, error: str) -> None:
        """One attempt more, due after ``delay`` seconds."""
        self._set(entry, due_at=clock() + delay, error=error, attempts=entry.attempts + 1)

    def bury(self, entry: Entry, reason: str, error: str) -> None:
        """Make it a dead letter."""
        self._set(entry, kind="dead", due_at=None, reason=reason, error=error)

    def give_back(self, entries: Sequence[Entry]) -> None:
        """Nothing: they are free with the end of the transaction."""

    def _set(self, entry: Entry, **values: Any) -> None:
        self._connection.execute(
            update(self._table).where(self._table.c.id == entry.id).values(**values)
        )
