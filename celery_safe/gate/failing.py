"""Failing a task that will not run, as loudly as one that ran and failed."""

from __future__ import annotations

from typing import Any

from billiard.einfo import ExceptionInfo, ExceptionWithTraceback
from celery import signals
from celery.utils.log import get_logger

logger = get_logger(__name__)


def fail(request: Any, error: Exception) -> bool:
    """Store the failure, with errbacks and chord errors, then acknowledge.

    False if the result backend could not take it: then the message goes back to its queue.
    """
    info = _raised(error)
    exc = unwrapped(info)
    logger.error("Gave up: %s", error)
    try:
        request.task.backend.mark_as_failure(
            request.id, exc, request=request._context, store_result=request.store_errors
        )
    except Exception:
        logger.exception(
            "The failure of %s[%s] could not be stored; the message goes back to its queue",
            request.name,
            request.id,
        )
        request.reject(requeue=True)
        return False
    signals.task_failure.send(
        sender=request.task, task_id=request.id, exception=exc, args=request.args,
        kwargs=request.kwargs, traceback=info.traceback, einfo=info,
    )  # fmt: skip
    request.send_event("task-failed", exception=repr(exc), traceback=info.traceback)
    request.acknowledge()
    return True


def unwrapped(info: Any) -> Any:
    """The exception of an ExceptionInfo."""
    exc = info.exception
    return exc.exc if isinstance(exc, ExceptionWithTraceback) else exc


def _raised(error: Exception) -> Any:
    """``error`` as Celery's failure handlers want it: with a traceback, so raised once."""
    try:
        raise error
    except type(error):
        return ExceptionInfo()
