"""Records in an SQL database: one more table beside the messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from kombu.utils.json import dumps, loads
from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    Insert,
    MetaData,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from celery_safe.store._again import again
from celery_safe.store._records import Record
from celery_safe.store._schema import TEXT, clock

#: Rows that one transaction of :meth:`SQLRecords.sweep` deletes.
_PAGE = 500


def table(metadata: MetaData, name: str) -> Table:
    """The records' table."""
    return Table(
        name,
        metadata,
        Column("topic", String(32), primary_key=True),
        Column("key", String(512), primary_key=True),
        Column("value", TEXT, nullable=False),
        Column("written_at", Double, nullable=False),
        Column("expires_at", Double, index=True),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


class SQLRecords:
    """Beside the messages of a :class:`~celery_safe.store.sqlalchemy.SQLAlchemyStore`."""

    def __init__(
        self,
        engine: Engine,
        shelf: Table,
        transaction: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._engine = engine
        self.table = shelf
        self._transaction = transaction

    @again
    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """See :meth:`Records.write`."""
        c = self.table.c
        values = {
            "value": dumps(dict(value)),
            "written_at": clock(),
            "expires_at": None if ttl is None else clock() + ttl,
        }
        with self._transaction() as connection:
            here = connection.execute(
                update(self.table).where(c.topic == topic, c.key == key).values(**values)
            )
            if here.rowcount:
                return
        self._insert(topic, key, values)

    def _insert(self, topic: str, key: str, values: Mapping[str, Any]) -> bool:
        """Whether nobody else did so meanwhile."""
        try:
            with self._transaction() as connection:
                connection.execute(self.table.insert().values(topic=topic, key=key, **values))
        except IntegrityError:
            return False
        return True

    @again
    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """See :meth:`Records.reserve`."""
        c = self.table.c
        values = {"value": dumps(dict(value)), "written_at": clock(), "expires_at": clock() + ttl}
        # An expired row is taken over, not deleted: InnoDB answers a delete among inserts of the
        # same key with a deadlock.
        expired = and_(c.topic == topic, c.key == key, c.expires_at <= clock())
        with self._transaction() as connection:
            taken = connection.execute(update(self.table).where(expired).values(**values))
            if taken.rowcount:
                return True
            here = connection.execute(select(c.key).where(c.topic == topic, c.key == key)).first()
        return here is None and self._insert(topic, key, values)

    def reserve_in(
        self, connection: Connection, topic: str, key: str, value: Mapping[str, Any], ttl: float
    ) -> bool:
        """As :meth:`reserve` in your own open transaction; of two at once the second waits."""
        c = self.table.c
        values = {"value": dumps(dict(value)), "written_at": clock(), "expires_at": clock() + ttl}
        expired = and_(c.topic == topic, c.key == key, c.expires_at <= clock())
        if connection.execute(update(self.table).where(expired).values(**values)).rowcount:
            return True
        # Without an error, after which PostgreSQL takes no more in a transaction.
        insert: Insert = self.table.insert()
        if connection.dialect.name in ("mysql", "mariadb"):
            insert = insert.prefix_with("IGNORE")
        elif connection.dialect.name == "postgresql":
            insert = postgresql.insert(self.table).on_conflict_do_nothing()
        else:
            insert = sqlite.insert(self.table).on_conflict_do_nothing()
        insert = insert.values(topic=topic, key=key, **values)
        # Of an insert it is not kept otherwise, but read off a cursor that is closed.
        done = connection.execute(insert, execution_options={"preserve_rowcount": True})
        return done.rowcount == 1

    @again
    def read(self, topic: str, prefix: str = "", limit: int = 1000) -> list[Record]:
        """See :meth:`Records.read`."""
        c = self.table.c
        here = and_(c.topic == topic, or_(c.expires_at.is_(None), c.expires_at > clock()))
        if prefix:
            # Not a range: databases order text by languages.
            here = and_(here, c.key.startswith(prefix, autoescape=True))
        query = select(c.key, c.value, c.written_at).where(here).order_by(c.key).limit(limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        # SQLite's LIKE does not tell cases apart.
        found = [Record(r.key, loads(r.value), r.written_at) for r in rows]
        return sorted((r for r in found if r.key.startswith(prefix)), key=lambda r: r.key)

    @again
    def erase(self, topic: str, keys: Collection[str]) -> None:
        """See :meth:`Records.erase`."""
        if keys:
            c = self.table.c
            with self._transaction() as connection:
                connection.execute(
                    delete(self.table).where(c.topic == topic, c.key.in_(list(keys)))
                )

    @again
    def sweep(self) -> None:
        """See :meth:`Records.sweep`."""
        c = self.table.c
        while True:
            with self._transaction() as connection:
                # Not clock() in the search: an index is not searched for what may change meanwhile.
                now = connection.execute(select(clock())).scalar_one()
                query = select(c.topic, c.key).where(c.expires_at <= now).limit(_PAGE)
                found = connection.execute(query).all()
                # By primary key, as all others lock rows; by the index would be the other way round.
                for topic in {row.topic for row in found}:
                    keys = [row.key for row in found if row.topic == topic]
                    connection.execute(
                        delete(self.table).where(
                            c.topic == topic, c.key.in_(sorted(keys)), c.expires_at <= clock()
                        )
                    )
            if len(found) < _PAGE:
                return
