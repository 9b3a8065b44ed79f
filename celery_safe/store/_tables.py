"""The tables of the SQL store, in the user's own metadata or in one of its own."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from celery_safe.store._schema import table
from celery_safe.store._sql_records import table as records_table

TABLE = "celery_safe_messages"


def tables(metadata: MetaData, name: str = TABLE) -> tuple[Table, Table]:
    """The store's two tables in your own metadata, for Alembic's ``--autogenerate`` to see.

    Args:
        metadata: yours, as ``Base.metadata``.
        name: of the messages' table; the other one ends in ``_records``.
    """
    records = f"{name}_records"
    return (
        metadata.tables[name] if name in metadata.tables else table(metadata, name),
        metadata.tables[records]
        if records in metadata.tables
        else records_table(metadata, records),
    )
