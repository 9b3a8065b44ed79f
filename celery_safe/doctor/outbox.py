"""What may be wrong with an outbox, each asked on the living database and broker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from celery_safe import settings
from celery_safe.relay.ordering import blocked
from celery_safe.store import Filter, Kind
from celery_safe.store._notify import Deaf

#: Seconds that a due row may wait before somebody should look, and that two clocks may differ.
LATE, SKEW = 60.0, 2.0
#: Seconds for which a snapshot may be open, and dead rows that are many.
OLD, DEAD = 600, 100_000


@dataclass(frozen=True)
class Finding:
    """What a check has found; a problem has the next step in its text."""

    check: str
    is_fine: bool
    text: str


def examine(app: Any) -> Iterator[Finding]:
    """Run all checks. What a check cannot ask is a problem of its own, never silence."""
    for check in CHECKS:
        name = check.__name__.lstrip("_").replace("_", " ")
        try:
            problem = check(app)
        except Exception as error:  # noqa: BLE001 (of any driver)
            problem = f"could not be asked: {type(error).__name__}: {error}"
        if problem is None or problem.startswith("fine"):
            yield Finding(name, True, (problem or "fine").removeprefix("fine: "))
        else:
            yield Finding(name, False, problem)


def _tables(app: Any) -> str | None:
    check = getattr(app.store, "check", None)
    if check is not None:
        check()
    return None


def _indexes(app: Any) -> str | None:
    store = app.store
    if hasattr(store, "engine"):
        from sqlalchemy import inspect

        name, wanted = store.table.name, {str(index.name) for index in store.table.indexes}
        here = {index["name"] for index in inspect(store.engine).get_indexes(name)}
    elif hasattr(store, "using"):
        from django.apps import apps
        from django.db import connections

        meta = apps.get_model("celery_safe", "StoredMessage")._meta
        name, wanted = meta.db_table, {index.name for index in meta.indexes}
        connection = connections[store.using]
        with connection.cursor() as cursor:
            here = set(connection.introspection.get_constraints(cursor, name))
    else:
        return None
    missing = sorted(wanted - here)
    if not missing:
        return None
    return f"{name} lacks {', '.join(missing)}: each look reads the whole table. Migrate it"


def _notifications(app: Any) -> str | None:
    listen = getattr(app.store, "listener", None)
    if listen is None:
        return "fine: this store tells nobody, so the relay looks every second"
    try:
        listen().close()
    except Deaf as error:
        return str(error)
    return None


def _isolation(app: Any) -> str | None:
    level = _ask(
        app, {"mysql": "SELECT @@transaction_isolation", "mariadb": "SELECT @@tx_isolation"}
    )
    if level is None or hasattr(app.store, "engine"):  # it sets its own
        return None
    if level in ("READ-COMMITTED", "READ-UNCOMMITTED"):
        return None
    return (
        f"transactions are {level}: a relay that finds nothing locks out whoever sends. "
        'DATABASES: "OPTIONS": {"isolation_level": "read committed"}, Django\'s default'
    )


def _dead_rows(app: Any) -> str | None:
    name = app.store.table.name if hasattr(app.store, "table") else "celery_safe_messages"
    dead = _ask(
        app, {"postgresql": f"SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = '{name}'"}
    )
    if dead is None or int(dead) < DEAD:
        return None
    return f"{dead} dead rows in {name}: VACUUM {name}, and see whether autovacuum runs on it"


def _old_snapshots(app: Any) -> str | None:
    age = _ask(
        app,
        {
            "postgresql": "SELECT max(extract(epoch FROM clock_timestamp() - xact_start))::int "
            "FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
        },
    )
    if age is None or int(age) < OLD:
        return None
    return (
        f"a transaction has been open for {age} s, and the database keeps all that was deleted since: "
        "SELECT pid, query FROM pg_stat_activity ORDER BY xact_start"
    )


def _clocks(app: Any) -> str | None:
    skew = app.store.now() - time.time()
    if abs(skew) < SKEW:
        return None
    return f"the store's clock is {skew:+.1f} s from this host's: expiry and ETAs are off by that. Run NTP"


def _broker(app: Any) -> str | None:
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
    return None


def _confirms(app: Any) -> str | None:
    driver = str(app.conf.broker_url or "amqp").partition(":")[0]
    if driver not in ("amqp", "amqps", "pyamqp"):
        return None
    options = settings.transport_options(app, driver, app.conf.broker_transport_options or {})
    if options.get("confirm_publish"):
        return None
    return (
        "confirm_publish is off: the relay has confirms of its own, but what is sent outside of "
        "transactions may be lost. Take it out of broker_transport_options"
    )


def _relay(app: Any) -> str | None:
    kinds: tuple[Kind, ...] = ("outbox", "eta")
    if not blocked(app.store):  # else it is the key that waits, and not for a relay
        kinds = (*kinds, "ordered")
    due = app.store.due(kinds)
    late = 0.0 if due is None else app.store.now() - due
    if late < LATE:
        return None
    waiting = app.store.count(Filter(kinds=kinds)).messages
    return (
        f"a row has been due for {late:.0f} s, {waiting} wait: is a relay running? "
        'celery-safe relay -A ..., or SafeCelery(relay="worker")'
    )


def _ask(app: Any, queries: dict[str, str]) -> Any:
    """The answer of the store's database, or None if the question is not for it."""
    store = app.store
    if hasattr(store, "engine"):
        dialect = store.engine.dialect
        is_mariadb = getattr(dialect, "is_mariadb", False)
        query = queries.get("mariadb" if is_mariadb else dialect.name)
        if query is None:
            return None
        with store.engine.connect() as connection:
            return connection.exec_driver_sql(query).scalar()
    if hasattr(store, "using"):
        from django.db import connections

        connection = connections[store.using]
        is_mariadb = connection.vendor == "mysql" and connection.mysql_is_mariadb
        query = queries.get("mariadb" if is_mariadb else connection.vendor)
        if query is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
        return None if row is None else row[0]
    return None


CHECKS: tuple[Callable[[Any], str | None], ...] = (
    _tables, _indexes, _notifications, _isolation, _dead_rows, _old_snapshots, _clocks, _broker,
    _confirms, _relay,
)  # fmt: skip
