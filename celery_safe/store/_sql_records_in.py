"""Records of the SQL store inside of somebody's own open transaction: there if it commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kombu.utils.json import dumps, loads
from sqlalchemy import Connection, select, update

from celery_safe.store._records import Record
from celery_safe.store._schema import clock
from celery_safe.store._sql_records import SQLRecords


class SQLRecordsIn:
    """What :class:`SQLRecords` does, for single keys, by a connection of yours.

    Args:
        connection: with your open transaction.
        records: those of the store.
    """

    def __init__(self, connection: Connection, records: SQLRecords) -> None:
        self._connection = connection
        self._records = records

    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """See :meth:`Records.reserve`; of two transactions at once the second waits for the first."""
        return self._records.reserve_in(self._connection, topic, key, value, ttl)

    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """Overwrite a record that is here."""
        c = self._records.table.c
        values = {
            "value": dumps(dict(value)),
            "written_at": clock(),
            "expires_at": None if ttl is None else clock() + ttl,
        }
        self._connection.execute(
            update(self._records.table).where(c.topic == topic, c.key == key).values(**values)
        )

    def read(self, topic: str, key: str, limit: int = 1) -> list[Record]:  # noqa: ARG002 (Records')
        """The record of exactly this key, if it is here."""
        c = self._records.table.c
        query = select(c.value, c.written_at).where(
            c.topic == topic, c.key == key, c.expires_at > clock()
        )
        if self._connection.dialect.name in ("mysql", "mariadb"):
            # Under its REPEATABLE READ a plain search sees what was there when the transaction began.
            query = query.with_for_update(read=True)
        return [Record(key, loads(r.value), r.written_at) for r in self._connection.execute(query)]
