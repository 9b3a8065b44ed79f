"""Rows that are held by a lock and not by a lease: free in the moment that their holder dies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    Row,
    Select,
    String,
    Table,
    any_,
    bindparam,
    delete,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)  # fmt: skip

from celery_safe.store import Entry, Kind
from celery_safe.store._rows import entry_of
from celery_safe.store._schema import clock

#: The time and the id of a row.
Mark = tuple[float, str]

NOWHERE: Mapping[str, Mark] = {}


def due_rows(
    connection: Connection, shelf: Table, limit: int, kinds: Collection[Kind],
    after: Mapping[str, Mark] = NOWHERE,
) -> list[Row[Any]]:  # fmt: skip
    """Due rows that nobody holds, the longest due first within each kind; locked where it can be.

    One search for each kind: the index is in order of the time within a kind only.
    """
    rows: list[Row[Any]] = []
    for kind in kinds:
        if len(rows) < limit:
            query = due_of(shelf, connection.dialect.name, limit - len(rows), kind, after.get(kind))
            rows += connection.execute(query).all()
    return rows


def due_of(
    shelf: Table, dialect: str, limit: int, kind: Kind, after: Mark | None = None
) -> Select[Any]:
    """Due rows of one kind, behind ``after`` if it is given."""
    c = shelf.c
    # A subquery: it is asked once, and an index is not searched for what may change meanwhile.
    now = select(clock()).scalar_subquery()
    ready = [c.kind == kind, c.due_at <= now, or_(c.lease_until.is_(None), c.lease_until <= now)]
    if after is not None and dialect == "postgresql":
        # Past the rows that were just deleted: an old snapshot may keep them in the index.
        ready.append(tuple_(c.due_at, c.id) > tuple_(literal(after[0]), literal(after[1])))
    query = select(shelf).where(*ready).order_by(c.due_at, c.id).limit(limit)
    if dialect in ("mysql", "mariadb"):
        # By any other way it sorts, and locks all that it reads.
        query = query.with_hint(shelf, f"FORCE INDEX ({shelf.name}_due)")
    return query if dialect == "sqlite" else query.with_for_update(skip_locked=True)


class Held:
    """Due rows, locked by an open transaction. What is decided of them is written at its end."""

    def __init__(self, connection: Connection, shelf: Table, rows: Sequence[Row[Any]]) -> None:
        self._connection = connection
        self._table = shelf
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
        id, chosen = self._table.c.id, list(ids)
        # One parameter, whose statement is the same for any number of them.
        is_postgresql = self._connection.dialect.name == "postgresql"
        these = id == any_(literal(chosen, ARRAY(String))) if is_postgresql else id.in_(chosen)
        self._connection.execute(delete(self._table).where(these))

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
