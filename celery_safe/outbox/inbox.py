"""The other end of an outbox: a task that is delivered twice has its effect once.

The task's id is written in the transaction of the effect: both commit, or neither.
"""

from __future__ import annotations

from typing import Any

from celery.exceptions import Ignore
from celery.utils.log import get_logger

from celery_safe.errors import NoStore

logger = get_logger(__name__)

TOPIC = "inbox"
#: Seconds for which an id is remembered. No broker keeps a message back for longer.
KEPT = 7 * 86400.0


class AlreadyDone(Ignore):  # type: ignore[misc, unused-ignore]
    """The transaction of an earlier delivery of this task has committed. The worker acknowledges it."""


def first_time(session: Any, task: Any) -> bool:
    """Write down, in the open transaction of ``session``, that ``task`` has its effect in it.

    Args:
        session: a ``Session`` of SQLAlchemy, or the alias of a Django database, of the app's store.
        task: the running task (``self``); its retries are the same task.

    Returns:
        False if a transaction with this task has committed before. One that is still open is waited
        for, by the database. A task that was called directly has no id, and is always the first.

    Raises:
        NoStore: the app's store is not in a database that takes part in the transaction.
    """
    return _is_first(session, task, task.request.id)


def _is_first(session: Any, task: Any, task_id: str | None) -> bool:
    if not task_id:
        return True
    store = task._get_app().store
    if isinstance(session, str):
        return _first_in_django(store, session, task_id)
    if not hasattr(store.records, "reserve_in"):
        raise NoStore(
            f"inbox(session, task) writes by the session, and {type(store).__name__} cannot: "
            "SafeCelery(..., store=SQLAlchemyStore(engine)) of the session's database"
        )
    connection = session.connection(bind_arguments={"clause": store.table})
    return bool(store.records.reserve_in(connection, TOPIC, task_id, {}, KEPT))


def _first_in_django(store: Any, using: str, task_id: str) -> bool:
    from django.db import connections

    if getattr(store, "using", None) != using:
        raise NoStore(
            f"inbox({using!r}, task) writes to that database, and the app's store is not in it"
        )
    if not connections[using].in_atomic_block:
        raise NoStore(f"inbox({using!r}, task) needs an open transaction.atomic(using={using!r})")
    return bool(store.records.reserve(TOPIC, task_id, {}, KEPT))


class inbox:
    """Runs its block once for each task, however often it is delivered.

    ::

        with Session(engine) as session, session.begin(), inbox(session, self):
            ...

    The second time it raises :class:`AlreadyDone`, which ends the task without touching the result
    of the first time; if there is none, as its worker died right after the commit, the result is
    None. What follows in a chain is not sent then: use :func:`first_time` where that matters.

    Args:
        session: see :func:`first_time`; ``async with`` takes an ``AsyncSession``.
        task: the running task (``self``).
    """

    def __init__(self, session: Any, task: Any) -> None:
        self._session, self._task = session, task
        # Here: in the greenlet of an AsyncSession a task has no request.
        self._task_id: str | None = task.request.id

    def __enter__(self) -> None:
        self._check(_is_first(self._session, self._task, self._task_id))

    def __exit__(self, *_: object) -> None:
        """The transaction decides."""

    async def __aenter__(self) -> None:
        self._check(await self._session.run_sync(_is_first, self._task, self._task_id))

    async def __aexit__(self, *_: object) -> None:
        """The transaction decides."""

    def _check(self, is_first: bool) -> None:
        if is_first:
            return
        task, request = self._task, self._task.request
        logger.info("Task %s[%s] has had its effect before: dropped", task.name, request.id)
        if not task.ignore_result and task.backend.get_state(request.id) != "SUCCESS":
            task.backend.mark_as_done(request.id, None, request)
        raise AlreadyDone(f"{task.name}[{request.id}] has had its effect before")
