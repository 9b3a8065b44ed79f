"""A message store in a database, with tables of one test alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine

from celery_safe.store.sqlalchemy import SQLAlchemyStore


@contextmanager
def sql_store(url: str) -> Iterator[SQLAlchemyStore]:
    """Made with its tables, which are dropped at the end."""
    made = SQLAlchemyStore(create_engine(url), name=f"m_{uuid.uuid4().hex[:12]}")
    made.init()
    yield made
    for table in (made._records_table, made.table):
        table.drop(made.engine)
    made.engine.dispose()
