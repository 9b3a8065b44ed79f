"""The base class of a SafeCelery's tasks, above Celery's or Django's own."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from celery._state import get_current_task
from celery.app.task import Task as CeleryTask
from celery.result import EagerResult
from kombu.exceptions import EncodeError

from celery_safe import aio, arguments, canvas, validation
from celery_safe._celery import Task
from celery_safe.errors import NoRunningTask
from celery_safe.outbox import outbox
from celery_safe.result import SafeEagerResult, SafeResult

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P", default=...)
    R = TypeVar("R", default=Any, covariant=True)
else:
    from typing import ParamSpec, TypeVar

    P, R = ParamSpec("P"), TypeVar("R")


class SafeTask(Task[P, R]):
    """A task with the parameters ``P`` and the result ``R`` of its function.

    ``self`` of a bound task is a plain ``SafeTask``. A task that is a class names both, or is
    registered by :meth:`SafeCelery.register_task`, which reads them off its ``run``.

    A base class of your own need not derive from it: no guarantee rests on it.
    """

    abstract = True

    def outbox(self, session: Any) -> Deferred:
        """The task, to be sent if and only if the transaction of ``session`` commits.

        ``send_receipt.outbox(session).delay(order.id)``, with an ``AsyncSession`` too.
        """
        return Deferred(self, session)

    #: Whether arguments that do not fit their annotations are refused: True always, False never (they
    #: are not looked at), None if the app is strict, or for types that plain Celery cannot send.
    validate: bool | None = None

    async def adelay(self, *args: P.args, **kwargs: P.kwargs) -> SafeResult[R]:
        """Send the task like :meth:`delay`, in a thread: the event loop is not blocked.

        Cancelled, the message may be on its way all the same.
        """
        return await asyncio.to_thread(self.delay, *args, **kwargs)

    if not TYPE_CHECKING:  # for a type checker they are in _celery.pyi

        @functools.wraps(CeleryTask.apply)
        def apply(self, *args: Any, **kwargs: Any) -> Any:
            """Run the task in place."""
            result = super().apply(*args, **kwargs)
            if type(result) is EagerResult:
                result.__class__ = SafeEagerResult  # Celery names its class itself
            return result

        def signature(self, args: Any = None, kwargs: Any = None, *more: Any, **opts: Any) -> Any:
            """Make a signature, of plain JSON: it may be carried along by another message."""
            checks = validation.of(self)
            if checks is not None:
                dump = checks.dump if opts.get("immutable") else checks.dump_partial
                args, kwargs = dump(args, kwargs)
            return super().signature(args, kwargs, *more, **opts)

        subtask = signature

        @functools.wraps(CeleryTask.apply_async)
        def apply_async(self, args: Any = None, kwargs: Any = None, *more: Any, **opts: Any) -> Any:
            """Send the task, or run it at once in eager mode."""
            app = self._get_app()
            if not app.conf.task_always_eager:
                return super().apply_async(args, kwargs, *more, **opts)
            # Says in eager mode what SafeCelery.send_task says otherwise.
            checks = validation.of(self)
            if checks is not None:
                args, kwargs = checks.dump(args, kwargs)
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


def current_task() -> SafeTask[..., Any]:
    """The task that is running here, without ``bind=True``.

    Raises:
        NoRunningTask: this code was not called by a worker, nor by calling a task.
    """
    # Not celery.current_task, a proxy that is never None.
    task = get_current_task() or aio.running.get()
    if task is None:
        raise NoRunningTask(
            "no task is running here: current_task() is for code that a task calls. "
            "Pass what you need as an argument, or catch NoRunningTask"
        )
    return task  # type: ignore[no-any-return]  # Celery has no types
