"""Failing a task that will not run, as loudly as one that ran and failed."""

from __future__ import annotations

from typing import Any

from billiard.einfo import ExceptionInfo, ExceptionWithTraceback
from celery import signals, states
from celery.app.task import Context
from celery.utils.log import get_logger
from celery.worker import state

from celery_safe.calls import call_of
from celery_safe.errors import Misfit
from celery_safe.message import Message

logger = get_logger(__name__)


def fail(request: Any, error: Exception) -> bool:
    """Store the failure, with errbacks and chord errors, then acknowledge.

    False if the result backend could not take it: then the message goes back to its queue.
    """
    logger.error("Gave up: %s", error)
    if not report(request, _raised(error)):
        request.reject(requeue=True)
        return False
    request.acknowledge()
    return True


def report(request: Any, info: Any) -> bool:
    """Store the failure, with errbacks and chord errors, signal and event; False if it could not be."""
    exc = unwrapped(info)
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
        return False
    signals.task_failure.send(
        sender=request.task, task_id=request.id, exception=exc, args=request.args,
        kwargs=request.kwargs, traceback=info.traceback, einfo=info,
    )  # fmt: skip
    request.send_event("task-failed", exception=repr(exc), traceback=info.traceback)
    return True


def fail_message(app: Any, message: Message, error: Exception) -> bool:
    """Store the failure of a message that no worker made a task of, with errbacks and chord errors.

    False if the result backend could not take it.
    """
    if not message.task_id:
        return True  # nobody can ask for it
    try:
        args, kwargs, embed = call_of(message)
    except Misfit:
        args, kwargs, embed = (), {}, {}
    headers = message.headers
    request = Context(
        {**headers, "args": args, "kwargs": kwargs, "id": message.task_id,
         "delivery_info": {"routing_key": message.routing_key}, **(embed or {})}
    )  # fmt: skip
    info = _raised(error)
    try:
        app.backend.mark_as_failure(
            message.task_id, unwrapped(info), request=request,
            store_result=not headers.get("ignore_result"),
        )  # fmt: skip
    except Exception:
        logger.exception("The failure of %s[%s] could not be stored", message.task, message.task_id)
        return False
    logger.error("Gave up: task %s[%s]: %s", message.task, message.task_id, error)
    return True


def revoke(request: Any, reason: str, is_expired: bool) -> bool:
    """Store REVOKED, then acknowledge, so that nobody waits for its result for ever.

    False if the result backend could not take it: then the message goes back to its queue.
    """
    try:
        request.task.backend.mark_as_revoked(
            request.id, reason, request=request._context, store_result=request.store_errors
        )
    except Exception:
        logger.exception(
            "That %s[%s] is revoked could not be stored; the message goes back to its queue",
            request.name, request.id,
        )  # fmt: skip
        request.reject(requeue=True)
        state.task_ready(request)
        return False
    request.send_event("task-revoked", terminated=False, signum=None, expired=is_expired)
    request.acknowledge()
    request._already_revoked = True
    state.task_ready(request)
    signals.task_revoked.send(
        sender=request.task, request=request._context, terminated=False, signum=None,
        expired=is_expired,
    )  # fmt: skip
    return True


def call_hooks(request: Any, error: Exception) -> None:
    """The task's own ``on_failure`` and ``after_return``, which Celery 5.7 calls here at a hard limit."""
    task, info = request.task, _raised(error)
    try:
        task.on_failure(error, request.id, request.args, request.kwargs, info)
        task.after_return(states.FAILURE, error, request.id, request.args, request.kwargs, None)
    except Exception:
        logger.exception("A hook of task %s[%s] failed", request.name, request.id)


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
