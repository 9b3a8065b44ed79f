"""Clock and conditions of the Django store, for PostgreSQL, MySQL/MariaDB and SQLite."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, NotSupportedError, connections
from django.db.models import BooleanField, F, FloatField, Func, Q, Value

from celery_safe.store import Filter
from celery_safe.store._again import run
from celery_safe.store._patterns import ESCAPE, as_like, plain

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds since 1970 by the database's own clock, also inside a long transaction.
_CLOCKS = {
    "postgresql": "extract(epoch from clock_timestamp())::double precision",
    "mysql": "(unix_timestamp(sysdate(6)) + 0e0)",  # and MariaDB
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
}


def clock_sql(connection: Any) -> str:
    """The clock of a database."""
    try:
        return _CLOCKS[connection.vendor]
    except KeyError:
        raise NotSupportedError(
            f"the message store works with PostgreSQL, MySQL, MariaDB and SQLite, not with "
            f"{connection.vendor} (database {connection.alias!r})"
        ) from None


class Clock(Func):
    """The clock in a query."""

    output_field = FloatField()
    arity = 0

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        """See :func:`clock_sql`."""
        return clock_sql(connection), []


class Glob(Func):
    """Whether a column fits a shell pattern, case-sensitive everywhere."""

    output_field = BooleanField()

    def __init__(self, column: str, pattern: str, **extra: Any) -> None:
        self.pattern = pattern
        super().__init__(F(column), Value(as_like(pattern)), **extra)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        """LIKE, which tells cases apart with PostgreSQL, and by the tables' collation with MySQL."""
        column, values = compiler.compile(self.source_expressions[0])
        return f"{column} LIKE %s ESCAPE '{ESCAPE}'", [*values, as_like(self.pattern)]

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        """SQLite's LIKE does not."""
        column, values = compiler.compile(self.source_expressions[0])
        return f"{column} GLOB %s", [*values, self.pattern]


def again(call: Callable[P, T]) -> Callable[P, T]:
    """A method that is run again as :func:`run` says, unless the transaction is the caller's."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        store: Any = args[0]
        connection = connections[store.using]
        if connection.in_atomic_block:
            return call(*args, **kwargs)
        before = connection.connection

        def was_stale(error: BaseException) -> bool:
            if before is None or not isinstance(error, DatabaseError | InterfaceError):
                return False
            if connection.connection is before and not connection.is_usable():
                connection.close()
            return connection.connection is not before

        return run(functools.partial(call, *args, **kwargs), was_stale)

    return wrapper


def condition(where: Filter) -> Q:
    """``where`` for a query set."""
    found = Q()
    if where.kinds:
        found &= Q(kind__in=list(where.kinds))
    if where.task is not None:
        found &= Q(Glob("task", where.task))
    if where.id_prefix is not None:
        prefix = plain(where.id_prefix) + "*"
        found &= Q(Glob("id", prefix)) | Q(Glob("task_id", prefix))
    if where.queue is not None:
        found &= Q(routing_key=where.queue)
    for column, text in (("reason", where.reason), ("error", where.error)):
        if text is not None:
            found &= Q(Glob(column, f"*{plain(text)}*"))
    if where.since is not None:
        found &= Q(created_at__gte=where.since)
    if where.until is not None:
        found &= Q(created_at__lt=where.until)
    return found
