"""Alembic makes the store's tables from the user's metadata; other databases: tests/integration."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import MetaData, create_engine, create_mock_engine
from support import migrations

from celery_safe.store.sqlalchemy import SQLAlchemyStore, tables


def test_a_second_revision_is_empty(tmp_path: Path) -> None:
    migrations.check(tmp_path / "alembic", f"sqlite:///{tmp_path / 'shop.db'}")


def test_store_and_tables_share_one_metadata() -> None:
    metadata = MetaData()
    messages, records = tables(metadata)
    store = SQLAlchemyStore(create_engine("sqlite://"), metadata)
    assert store.table is messages
    assert set(metadata.tables.values()) == {messages, records}


def test_postgresql_gets_thresholds_of_autovacuum() -> None:
    """By an option of the table or, on SQLAlchemy 2.0, by a statement after it."""
    said: list[str] = []
    engine = create_mock_engine(
        "postgresql://", lambda sql, *_, **__: said.append(str(sql.compile(dialect=engine.dialect)))
    )
    metadata = MetaData()
    tables(metadata)
    metadata.create_all(engine, checkfirst=False)
    assert sum("autovacuum_vacuum_threshold = 1000" in sql for sql in said) == 1, said
