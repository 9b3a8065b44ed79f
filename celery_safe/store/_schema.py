"""Table and clock of the SQL store, for PostgreSQL, MySQL/MariaDB and SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Double,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    event,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: Written with every row. A store refuses to work on a table that a newer version has written.
FORMAT = 1

TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_BYTES = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
_OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
#: Rows come and go: the stock vacuum after a fifth of the table is late by a whole backlog.
_VACUUM = {
    "autovacuum_vacuum_scale_factor": 0,
    "autovacuum_vacuum_threshold": 1000,
    "autovacuum_vacuum_cost_delay": 0,
}
# SQLAlchemy 2.1 has them as an option of the table, which Alembic writes into its revision too.
_IS_OPTION = "with" in dict(postgresql.dialect.construct_arguments or ()).get(Table, {})
if _IS_OPTION:
    _OPTIONS["postgresql_with"] = _VACUUM


def _vacuum(shelf: Table) -> None:
    """Let the table be made with its thresholds of autovacuum by SQLAlchemy 2.0 as well."""
    settings = ", ".join(f"{name} = {value}" for name, value in _VACUUM.items())
    ddl = DDL(f"ALTER TABLE %(fullname)s SET ({settings})")  # type: ignore[no-untyped-call]
    event.listen(shelf, "after_create", ddl.execute_if(dialect="postgresql"))


def table(metadata: MetaData, name: str) -> Table:
    r"""The shelf's table; in the user's own metadata it takes part in their Alembic migrations.

    Text instead of a JSON column: PostgreSQL's jsonb refuses ``\\u0000`` and rewrites numbers.
    """
    shelf = Table(
        name,
        metadata,
        Column("id", String(64), primary_key=True),
        Column("kind", String(16), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("due_at", Double),
        Column("attempts", Integer, nullable=False, default=0),
        Column("owner", String(255)),
        Column("lease_until", Double),
        Column("task_id", String(255), nullable=False),
        Column("task", String(512), nullable=False),
        Column("exchange", String(255), nullable=False),
        Column("routing_key", String(512), nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("error", TEXT, nullable=False),
        Column("details", TEXT, nullable=False),
        Column("meta", TEXT, nullable=False),
        Column("body", _BYTES, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("format", Integer, nullable=False, default=FORMAT),
        **_OPTIONS,
    )
    # Kind first: a backlog of one kind must not be read through to find what is due of another.
    Index(f"{name}_due", shelf.c.kind, shelf.c.due_at, shelf.c.id)
    Index(f"{name}_task_id", shelf.c.task_id)
    Index(f"{name}_created", shelf.c.kind, shelf.c.created_at, shelf.c.id)
    if not _IS_OPTION:
        _vacuum(shelf)
    return shelf


class clock(FunctionElement[float]):
    """The database's own clock in seconds since 1970, also inside a long transaction."""

    type = Double()
    inherit_cache = True


@compiles(clock, "postgresql")
def _postgresql(_element: Any, _compiler: Any, **_: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


@compiles(clock, "mysql")
@compiles(clock, "mariadb")
def _mysql(_element: Any, _compiler: Any, **_: Any) -> str:
    return "(unix_timestamp(sysdate(6)) + 0e0)"


@compiles(clock, "sqlite")
def _sqlite(_element: Any, _compiler: Any, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


def insert_or_keep(shelf: Table, dialect: str) -> Insert:
    """An INSERT that leaves a row with the same id as it is."""
    if dialect in ("mysql", "mariadb"):
        return mysql.insert(shelf).on_duplicate_key_update(id=shelf.c.id)
    if dialect == "postgresql":
        return postgresql.insert(shelf).on_conflict_do_nothing(index_elements=["id"])
    return sqlite.insert(shelf).on_conflict_do_nothing(index_elements=["id"])
