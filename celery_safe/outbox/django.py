"""The outbox of Django's transactions: what is sent in ``atomic()`` on the store's database.

Django says nothing before a commit, so each message is a row at once. Imports Django only in a
project that has done so.

Touches private parts of Django: ``connection.atomic_blocks`` and ``Atomic._from_testcase``
(``django/db/transaction.py``); tests/unit/outbox/test_django_outbox.py fails when they move.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from celery_safe.errors import NoStore
from celery_safe.outbox.result import decided
from celery_safe.store import New


class DjangoOutbox:
    """The open transaction of one of Django's databases."""

    def __init__(self, using: str) -> None:
        self.using = using

    def __repr__(self) -> str:
        return f"the transaction on database {self.using!r}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DjangoOutbox) and other.using == self.using

    def __hash__(self) -> int:
        return hash(self.using)

    def is_open(self) -> bool:
        """Whether a transaction is open, other than the one that a TestCase puts around each test."""
        return is_atomic(self.using)

    def add(self, app: Any, entries: Sequence[New]) -> None:
        """Write the rows; they are there if the transaction commits.

        Raises:
            NoStore: the app's store is not in this database.
        """
        from django.db import transaction

        self._check(app)
        app.store.put(entries)
        if any(entry.delay == 0 for entry in entries):
            app.store.tell()
        ids = [entry.message.task_id for entry in entries]
        transaction.on_commit(partial(decided, ids), using=self.using)

    def records(self, app: Any) -> Any:
        """The store's records: what is done with them inside ``atomic()`` is a part of it.

        Raises:
            NoStore: the app's store is not in this database.
        """
        self._check(app)
        return app.store.records

    def _check(self, app: Any) -> None:
        if getattr(app.store, "using", None) != self.using:
            raise NoStore(
                f"outbox({self.using!r}) writes to that database, and the app's store is not in it: "
                f"SafeCelery(..., store=DjangoStore({self.using!r}))"
            )


def is_atomic(using: str) -> bool:
    """Whether ``using`` is inside of an ``atomic()`` that is not a TestCase's own."""
    from django.db import connections

    connection = connections[using]
    return any(not block._from_testcase for block in connection.atomic_blocks)


def ambient(app: Any) -> DjangoOutbox | None:
    """The transaction that is open on the database of the app's store, if that is Django's."""
    conf, db = sys.modules.get("django.conf"), sys.modules.get("django.db")
    if app._store is None or conf is None or db is None or not conf.settings.configured:
        return None
    # A store is made when it is first used: not here, as long as there is nothing to be used for.
    if not any(c.atomic_blocks for c in db.connections.all(initialized_only=True)):
        return None
    using = getattr(app.store, "using", None)
    return DjangoOutbox(using) if using is not None and is_atomic(using) else None


class OnCommit:
    """Mixed into the tasks of a Django project: ``delay_on_commit`` through the outbox."""

    def delay_on_commit(self: Any, *args: Any, **kwargs: Any) -> Any:
        """As ``delay`` if the transaction commits; also if the process dies right after that.

        With a DjangoStore it returns the task's result; otherwise it is Celery's own, and None.
        """
        return self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self: Any, *args: Any, **kwargs: Any) -> Any:
        """As ``apply_async`` if the transaction commits."""
        if getattr(self._get_app(), "_store", None) is not None and hasattr(
            self._get_app().store, "using"
        ):
            return self.apply_async(*args, **kwargs)
        return super().apply_async_on_commit(*args, **kwargs)  # type: ignore[misc]
