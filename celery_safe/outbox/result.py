"""Results of tasks that are not sent yet."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Any

from celery_safe.errors import NotCommitted
from celery_safe.result import SafeResult
from celery_safe.store import Filter

#: Ids that are remembered; the oldest are forgotten.
MOST = 10_000

_lock = threading.Lock()
_waiting: dict[str, str] = {}


def wait_for_commit(task_ids: Collection[str], where: str) -> None:
    """Their results cannot be waited for in this process until :func:`decided`."""
    with _lock:
        _waiting.update(dict.fromkeys(task_ids, where))
        # Django does not say when a transaction is rolled back.
        for old in list(_waiting)[: max(0, len(_waiting) - MOST)]:
            del _waiting[old]


def decided(task_ids: Collection[str]) -> None:
    """The transaction has ended, in one way or the other."""
    with _lock:
        for task_id in task_ids:
            _waiting.pop(task_id, None)


def _unsent(result: Any) -> tuple[str, str | None]:
    """The first task of a canvas that is not sent yet, and the transaction that it waits for."""
    while result is not None:
        for member in getattr(result, "results", None) or [result]:
            where = _waiting.get(member.id)
            if where is not None:
                return member.id, where
        result = result.parent
    return "", None


def _check(result: Any) -> None:
    task_id, where = _unsent(result)
    if where is not None:
        raise NotCommitted(
            f"task {task_id} is sent when {where} commits: .get() before that would wait for ever"
        )


class OutboxResult(SafeResult[Any]):
    """A result, which does not wait for a task that nobody has sent yet."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for the result.

        Raises:
            NotCommitted: at once, inside the transaction that has yet to send the task.
        """
        _check(self)
        return super().get(*args, **kwargs)

    wait = get

    async def aget(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for the result as :meth:`get` does, without blocking the event loop."""
        _check(self)
        return await super().aget(*args, **kwargs)

    def then(self, callback: Any, on_error: Any = None, weak: bool = False) -> Any:
        """Call back when it is there; a group does so with its members while it sends them."""
        if self.id in _waiting:
            me: Any = self
            return me.on_ready.then(callback, on_error)  # without subscribing at the backend
        above: Any = super()  # Celery's part, of which its stub does not tell
        return above.then(callback, on_error, weak=weak)

    @property
    def supports_native_join(self) -> bool:
        """Not for what is not sent: a group then asks its members one by one."""
        above: Any = super()
        return _unsent(self)[1] is None and bool(above.supports_native_join)

    def revoke(self, *args: Any, **kwargs: Any) -> None:
        """Revoke the task; one that waits in the store is taken out of it for good.

        Raises what the store raises when it cannot be asked.
        """
        app: Any = self.app
        if getattr(app, "_store", None) is not None:
            where = Filter(kinds=("eta", "outbox", "ordered"), id_prefix=self.id)
            app.store.discard([e.id for e in app.store.list(where) if e.message.task_id == self.id])
        super().revoke(*args, **kwargs)
