"""Alembic makes the store's tables from the user's metadata; other databases: tests/integration."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import MetaData, create_engine
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
