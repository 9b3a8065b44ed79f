"""The base class of a SafeCelery's tasks, above Celery's or Django's own."""

from __future__ import annotations

import functools
from typing import Any

from celery.app.task import Task
from kombu.exceptions import EncodeError

from celery_safe import arguments, canvas
from celery_safe.outbox import outbox


class SafeTask(Task):
    """Says in eager mode what :meth:`SafeCelery.send_task` says otherwise.

    A base class of your own need not derive from it: no guarantee rests on it.
    """

    abstract = True

    def outbox(self, session: Any) -> Deferred:
        """The task, to be sent if and only if the transaction of ``session`` commits.

        ``send_receipt.outbox(session).delay(order.id)``, with an ``AsyncSession`` too.
        """
        return Deferred(self, session)

    @functools.wraps(Task.apply_async)
    def apply_async(self, args: Any = None, kwargs: Any = None, *more: Any, **opts: Any) -> Any:
        """Send the task, or run it at once in eager mode."""
        app = self._get_app()
        if not app.conf.task_always_eager:
            return super().apply_async(args, kwargs, *more, **opts)
        canvas.check_call(app, self.name, args, kwargs, opts)
        try:
            return super().apply_async(args, kwargs, *more, **opts)
        except EncodeError as error:
            explained = arguments.explain(self, self.name, args, kwargs, opts)
            if explained is None:
                raise
            raise explained from error


class Deferred:
    """A task and the transaction that its calls belong to."""

    def __init__(self, task: Any, session: Any) -> None:
        self._task = task
        self._place = outbox(session)

    def delay(self, *args: Any, **kwargs: Any) -> Any:
        """As ``task.delay``; the result has the id that the task will have."""
        return self.apply_async(args, kwargs)

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """As ``task.apply_async``."""
        with self._place:
            return self._task.apply_async(args, kwargs, **options)
