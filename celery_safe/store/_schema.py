"""Table, clock and conditions of the SQL store, for PostgreSQL, MySQL/MariaDB and SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
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
    or_,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from celery_safe.store import Filter

#: Written with every row. A store refuses to work on a table that a newer version has written.
FORMAT = 1

TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_BYTES = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
_OPTIONS: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


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
    Index(f"{name}_due", shelf.c.due_at, shelf.c.id)
    Index(f"{name}_task_id", shelf.c.task_id)
    Index(f"{name}_created", shelf.c.kind, shelf.c.created_at)
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


def conditions(shelf: Table, where: Filter, dialect: str) -> list[ColumnElement[bool]]:
    """``where`` as SQL."""
    c = shelf.c
    found: list[ColumnElement[bool]] = []
    if where.kinds:
        found.append(c.kind.in_(list(where.kinds)))
    if where.task is not None:
        found.append(_glob(c.task, where.task, dialect))
    if where.id_prefix is not None:
        prefix = _plain(where.id_prefix) + "*"
        found.append(or_(_glob(c.id, prefix, dialect), _glob(c.task_id, prefix, dialect)))
    if where.queue is not None:
        found.append(c.routing_key == where.queue)
    for column, text in ((c.reason, where.reason), (c.error, where.error)):
        if text is not None:
            found.append(_glob(column, f"*{_plain(text)}*", dialect))
    if where.since is not None:
        found.append(c.created_at >= where.since)
    if where.until is not None:
        found.append(c.created_at < where.until)
    return found


def _plain(text: str) -> str:
    """``text`` as a pattern that stands for itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)


def _glob(column: Any, pattern: str, dialect: str) -> ColumnElement[bool]:
    """Shell pattern, case-sensitive everywhere: SQLite's LIKE is not, its GLOB is."""
    if dialect == "sqlite":
        return column.op("GLOB")(pattern)  # type: ignore[no-any-return]
    like, i = "", 0
    while i < len(pattern):
        char = pattern[i]
        if char == "[" and pattern[i + 2 : i + 3] == "]":
            char, i = pattern[i + 1], i + 2
            like += f"!{char}" if char in "%_!" else char
        elif char in "*?":
            like += "%" if char == "*" else "_"
        else:
            like += f"!{char}" if char in "%_!" else char
        i += 1
    return column.like(like, escape="!")  # type: ignore[no-any-return]
