"""Records by the Django ORM: one more table beside the messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from kombu.utils.json import dumps, loads

from celery_safe.store._django_sql import Clock, Glob, again
from celery_safe.store._patterns import plain
from celery_safe.store._records import Record

#: Rows that one transaction of :meth:`DjangoRecords.sweep` deletes.
_PAGE = 500


class DjangoRecords:
    """Beside the messages of a :class:`~celery_safe.store.django.DjangoStore`.

    Args:
        using: the database's alias.
        rows: the query set of all records.
        access: in which the database is asked.
        now: the database's clock.
    """

    def __init__(
        self,
        using: str,
        rows: Callable[[], Any],
        access: Callable[[bool], AbstractContextManager[None]],
        now: Callable[[], float],
    ) -> None:
        self.using = using
        self._rows = rows
        self._access = access
        self._now = now

    @again
    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """See :meth:`Records.write`."""
        values = _values(value, ttl)
        with self._access(True):
            here = self._rows().filter(topic=topic, key=key)
            if not here.update(**values) and not self._create(topic, key, values):
                here.update(**values)

    def _create(self, topic: str, key: str, values: Mapping[str, Any]) -> bool:
        """Whether nobody else did so meanwhile."""
        try:
            with transaction.atomic(using=self.using):
                self._rows().create(topic=topic, key=key, **values)
        except IntegrityError:
            return False
        return True

    @again
    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """See :meth:`Records.reserve`."""
        values = _values(value, ttl)
        with self._access(True):
            here = self._rows().filter(topic=topic, key=key)
            # An expired row is taken over, not deleted, as in the SQL store.
            if here.filter(expires_at__lte=Clock()).update(**values):
                return True
            return not here.exists() and self._create(topic, key, values)

    @again
    def read(self, topic: str, prefix: str = "", limit: int = 1000) -> list[Record]:
        """See :meth:`Records.read`."""
        with self._access(False):
            rows = self._rows().filter(
                Q(expires_at__isnull=True) | Q(expires_at__gt=Clock()), topic=topic
            )
            if prefix:
                rows = rows.filter(Glob("key", f"{plain(prefix)}*"))
            found = [
                Record(row.key, loads(row.value), row.written_at)
                for row in rows.order_by("key")[:limit]
            ]
        return sorted(found, key=lambda record: record.key)

    @again
    def erase(self, topic: str, keys: Collection[str]) -> None:
        """See :meth:`Records.erase`."""
        if keys:
            with self._access(True):
                self._rows().filter(topic=topic, key__in=sorted(keys)).delete()

    @again
    def sweep(self) -> None:
        """See :meth:`Records.sweep`."""
        while True:
            with self._access(True):
                now = self._now()
                ids = list(
                    self._rows().filter(expires_at__lte=now).values_list("id", flat=True)[:_PAGE]
                )
                self._rows().filter(id__in=sorted(ids), expires_at__lte=now).delete()
            if len(ids) < _PAGE:
                return


def _values(value: Mapping[str, Any], ttl: float | None) -> dict[str, Any]:
    return {
        "value": dumps(dict(value)),
        "written_at": Clock(),
        "expires_at": None if ttl is None else Clock() + ttl,
    }
