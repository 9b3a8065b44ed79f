"""A store in the project's Django database: PostgreSQL, MySQL 8/MariaDB 10.6, SQLite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from celery_safe.errors import MissingExtra

try:
    from django.apps import apps
    from django.db import connections, transaction
    from django.db.models import F, Q, Sum
    from django.db.models.aggregates import Count as CountRows
except ImportError as error:
    raise MissingExtra(
        "the Django store needs Django: pip install 'celery-safe[django]'"
    ) from error

from celery_safe.store import EVERYTHING, KINDS, NO_LIMITS, Count, Entry, Filter, Kind, Limits, New
from celery_safe.store._django_outgoing import Outgoing
from celery_safe.store._django_records import DjangoRecords
from celery_safe.store._django_sql import Clock, again, clock_sql, condition
from celery_safe.store._room import Room
from celery_safe.store._rows import entry_of, fit, row_of

#: The label of the app that has the tables, and its name for INSTALLED_APPS.
APP = ("celery_safe", "celery_safe.contrib.django")


class DjangoStore(Outgoing):
    """Keeps messages in the tables of the app ``celery_safe.contrib.django``.

    A call inside ``transaction.atomic()`` takes part in that transaction: what is put there is on
    the shelf if the transaction commits.

    Args:
        using: the database's alias.
        limits: what it may hold.

    Raises:
        RuntimeError: on the first call, when the app is not in INSTALLED_APPS.
    """

    def __init__(self, using: str = "default", limits: Limits = NO_LIMITS) -> None:
        self.using = using
        self.records = DjangoRecords(
            using, lambda: self._rows("StoredRecord"), self._access, self._now
        )
        self.limits = limits
        self._room = Room(limits)

    def _rows(self, model: str = "StoredMessage") -> Any:
        label, name = APP
        try:
            found = apps.get_model(label, model)
        except LookupError:
            raise RuntimeError(
                f"add {name!r} to INSTALLED_APPS: it has the store's tables"
            ) from None
        return found._default_manager.using(self.using)

    def init(self) -> None:
        """Run the app's migrations on this database."""
        from django.core.management import call_command

        self._rows()
        call_command("migrate", APP[0], database=self.using, interactive=False, verbosity=0)

    def check(self) -> None:
        """Raise :class:`RuntimeError` that names what is missing in the database."""
        from django.db.migrations.executor import MigrationExecutor

        self._rows()
        executor = MigrationExecutor(connections[self.using])
        leaves = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] == APP[0]]
        missing = [migration.name for migration, _ in executor.migration_plan(leaves)]
        if missing:
            raise RuntimeError(
                f"database {self.using!r} lacks the migrations {', '.join(missing)} of {APP[0]}: "
                f"run `celery-safe store init` or `manage.py migrate {APP[0]} --database {self.using}`"
            )

    @contextmanager
    def _access(self, writes: bool) -> Iterator[None]:
        """In the transaction that is open, or in one of its own; reads need none."""
        connection = connections[self.using]
        if connection.in_atomic_block:
            yield
            return
        if connection.errors_occurred or connection.settings_dict["CONN_MAX_AGE"]:
            # Django does this around requests and tasks; the worker's own threads have neither.
            connection.close_if_unusable_or_obsolete()
        if not writes:
            yield
            return
        with transaction.atomic(using=self.using):
            if connection.vendor == "sqlite":
                # Takes the write lock first: one that is upgraded later fails at once when busy.
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM celery_safe_messages WHERE 0")
            yield

    @again
    def now(self) -> float:
        """See :meth:`MessageStore.now`."""
        with self._access(False):
            return self._now()

    def _now(self) -> float:
        connection = connections[self.using]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {clock_sql(connection)}")
            return float(cursor.fetchone()[0])

    @again
    def put(self, entries: Sequence[New]) -> None:
        """See :meth:`MessageStore.put`."""
        fresh = {new.id: new for new in reversed(entries)}
        with self._access(True):
            for entry_id in self._rows().filter(id__in=list(fresh)).values_list("id", flat=True):
                del fresh[entry_id]
            if not fresh:
                return
            self._room.check(list(fresh.values()), lambda: self._count(EVERYTHING))
            now = self._now()
            model = self._rows().model
            # In one order, so that two of these never wait for each other.
            rows = [model(**row_of(fresh[entry_id], now)) for entry_id in sorted(fresh)]
            # An id that somebody puts meanwhile stays theirs.
            if connections[self.using].vendor == "mysql":
                # Its INSERT IGNORE would also cut off what is too long.
                self._rows().bulk_create(rows, update_conflicts=True, update_fields=["format"])
            else:
                self._rows().bulk_create(rows, ignore_conflicts=True)

    @again
    def due(self, kinds: Collection[Kind] = KINDS) -> float | None:
        """See :meth:`MessageStore.due`."""
        times: list[float] = []
        with self._access(False):
            for kind in kinds:
                free = self._rows().filter(
                    kind=kind, due_at__isnull=False, lease_until__isnull=True
                )
                times += free.order_by("due_at").values_list("due_at", flat=True)[:1]
            now = self._now()
            if not times or min(times) > now:
                # What is leased was due when it was claimed.
                leased = self._rows().filter(
                    kind__in=list(kinds), due_at__lte=now, lease_until__isnull=False
                )
                times += leased.order_by("lease_until").values_list("lease_until", flat=True)[:1]
        return min(times, default=None)

    @again
    def claim(
        self, owner: str, lease: float, limit: int, kinds: Collection[Kind] = KINDS
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.claim`."""
        with self._access(True):
            # Not Clock() in the search: an index is not searched for what may change meanwhile.
            now = self._now()
            rows: list[Any] = []
            # One search for each kind: the index is in order of the time within a kind only.
            for kind in kinds:
                ready = self._rows().filter(
                    Q(lease_until__isnull=True) | Q(lease_until__lte=now),
                    kind=kind, due_at__lte=now,
                )  # fmt: skip
                rows += ready.order_by("due_at", "id").select_for_update(skip_locked=True)[:limit]
            rows = sorted(rows, key=lambda row: (row.due_at, row.id))[:limit]
            until = self._now() + lease
            self._rows().filter(id__in=[row.id for row in rows]).update(
                owner=owner, lease_until=until
            )
        return [entry_of(row, owner, until) for row in rows]

    def _held(self, owner: str, ids: Collection[str]) -> Any:
        return self._rows().filter(id__in=list(ids), owner=owner, lease_until__gt=Clock())

    def _free(self, ids: Collection[str]) -> Any:
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=Clock())
        return self._rows().filter(free, id__in=list(ids))

    @again
    def _locked(self, which: Any, change: Callable[[Any], object]) -> set[str]:
        with self._access(True):
            # In one order, so that two of these never wait for each other.
            locked = which.order_by("id").select_for_update().values_list("id", flat=True)
            found = list(locked)
            if found:
                change(self._rows().filter(id__in=found))
        return set(found)

    def renew(self, owner: str, ids: Collection[str], lease: float) -> set[str]:
        """See :meth:`MessageStore.renew`."""
        return self._locked(
            self._held(owner, ids), lambda rows: rows.update(lease_until=Clock() + lease)
        )

    def done(self, owner: str, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.done`."""
        return self._locked(self._held(owner, ids), lambda rows: rows.delete())

    def release(
        self, owner: str, ids: Collection[str], delay: float | None, error: str = ""
    ) -> set[str]:
        """See :meth:`MessageStore.release`."""
        values: dict[str, Any] = {"error": fit(error)} if error else {}
        values |= {
            "owner": None,
            "lease_until": None,
            "due_at": None if delay is None else Clock() + delay,
            "attempts": F("attempts") + 1,
        }
        return self._locked(self._held(owner, ids), lambda rows: rows.update(**values))

    def discard(self, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.discard`."""
        return self._locked(self._free(ids), lambda rows: rows.delete())

    def replace(self, entry_id: str, new: New) -> bool:
        """See :meth:`MessageStore.replace`."""

        def change(rows: Any) -> None:
            values = row_of(new, self._now())
            del values["created_at"]
            rows.update(**values, owner=None, lease_until=None)

        return bool(self._locked(self._free([entry_id]), change))

    @again
    def get(self, entry_id: str) -> Entry | None:
        """See :meth:`MessageStore.get`."""
        with self._access(False):
            row = self._rows().filter(id=entry_id).first()
        return None if row is None else entry_of(row, row.owner, row.lease_until)

    @again
    def list(
        self, where: Filter = EVERYTHING, limit: int = 100, offset: int = 0
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.list`."""
        with self._access(False):
            # As in claim: the first ones of each kind stand at the front of its part of the index.
            each = [replace(where, kinds=[kind]) for kind in dict.fromkeys(where.kinds)]
            order: list[tuple[float, str]] = []
            for one in each or [where]:
                found = self._rows().filter(condition(one)).order_by("created_at", "id")
                order += found.values_list("created_at", "id")[: offset + limit]
            ids = [entry_id for _, entry_id in sorted(order)[offset : offset + limit]]
            rows = self._rows().in_bulk(ids)
        # What somebody has deleted meanwhile is not there any more.
        return [entry_of(r, r.owner, r.lease_until) for i in ids if (r := rows.get(i))]

    @again
    def count(self, where: Filter = EVERYTHING) -> Count:
        """See :meth:`MessageStore.count`."""
        with self._access(False):
            return self._count(where)

    def _count(self, where: Filter) -> Count:
        total = self._rows().filter(condition(where)).aggregate(n=CountRows("id"), size=Sum("size"))
        return Count(total["n"], total["size"] or 0)
