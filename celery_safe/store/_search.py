"""Filters as SQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Select, Subquery, Table, or_, select, union_all
from sqlalchemy.sql import ColumnElement

from celery_safe.store import Filter
from celery_safe.store._patterns import ESCAPE, as_like, plain


def found(shelf: Table, where: Filter, dialect: str, limit: int) -> Select[Any]:
    """The entries that fit in order of their creation; not more than ``limit`` are needed."""

    def ordered(source: Table | Subquery, *which: Any) -> Select[Any]:
        return select(source).where(*which).order_by(source.c.created_at, source.c.id)

    if len(where.kinds) < 2:
        return ordered(shelf, *conditions(shelf, where, dialect))
    # One search for each kind: the index is in order of the time within a kind only.
    each = [replace(where, kinds=[kind]) for kind in dict.fromkeys(where.kinds)]
    first = [
        select(ordered(shelf, *conditions(shelf, one, dialect)).limit(limit).subquery())
        for one in each
    ]
    return ordered(union_all(*first).subquery())


def conditions(shelf: Table, where: Filter, dialect: str) -> list[ColumnElement[bool]]:
    """``where`` as SQL."""
    c = shelf.c
    found: list[ColumnElement[bool]] = []
    if where.kinds:
        found.append(c.kind.in_(list(where.kinds)))
    if where.task is not None:
        found.append(_glob(c.task, where.task, dialect))
    if where.id_prefix is not None:
        prefix = plain(where.id_prefix) + "*"
        found.append(or_(_glob(c.id, prefix, dialect), _glob(c.task_id, prefix, dialect)))
    if where.queue is not None:
        found.append(c.routing_key == where.queue)
    for column, text in ((c.reason, where.reason), (c.error, where.error)):
        if text is not None:
            found.append(_glob(column, f"*{plain(text)}*", dialect))
    if where.since is not None:
        found.append(c.created_at >= where.since)
    if where.until is not None:
        found.append(c.created_at < where.until)
    return found


def _glob(column: Any, pattern: str, dialect: str) -> ColumnElement[bool]:
    """Shell pattern, case-sensitive everywhere: SQLite's LIKE is not, its GLOB is."""
    if dialect == "sqlite":
        return column.op("GLOB")(pattern)  # type: ignore[no-any-return]
    return column.like(as_like(pattern), escape=ESCAPE)  # type: ignore[no-any-return]
