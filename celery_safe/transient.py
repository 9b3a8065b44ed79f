"""Retries of transient errors by default: what a second try a moment later may well mend.

A task's own words win: with ``autoretry_for`` written, even as ``()``, nothing is added here.
"""

from __future__ import annotations

import functools
from typing import Any

from celery.exceptions import Reject
from celery.utils.time import get_exponential_backoff_interval

from celery_safe.defaults import TRANSIENT


def is_transient(error: BaseException, names: Any) -> bool:
    """Whether ``error`` or one of its base classes is named."""
    wanted = frozenset(names)
    return any(name in wanted for cls in type(error).__mro__ for name in _names(cls))


def _names(cls: type) -> tuple[str, ...]:
    """Where a class is defined, and the package that most likely exports it (``httpx._x`` -> ``httpx``)."""
    module = cls.__module__
    public = ".".join(part for part in module.split(".") if not part.startswith("_"))
    top = module.partition(".")[0]
    return (
        f"{module}.{cls.__qualname__}",
        f"{public}.{cls.__qualname__}",
        f"{top}.{cls.__qualname__}",
    )


def retry_by_default(task: Any, options: Any) -> None:
    """Wrap ``task.run``, unless the task says for itself what it retries, or Celery has wrapped it.

    Args:
        task: a bound task.
        options: what its decorator was given.
    """
    if "autoretry_for" in options or hasattr(task, "autoretry_for"):
        return
    if hasattr(task, "_orig_run") or hasattr(task, "_celery_safe_run"):
        return
    inner = task.run
    limit_written = "max_retries" in options

    @functools.wraps(inner)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return inner(*args, **kwargs)
        except Exception as error:
            if task.request.called_directly or not is_transient(error, _conf(task, "for") or ()):
                raise
            raise _retry(task, error, limit_written) from error

    task._celery_safe_run, task.run = inner, run


def keep_retries(task: Any) -> None:
    """Let a retry that the broker could not take send its message back, to be run again later.

    Celery rejects the message for good then (``Task.retry``). An early acknowledged one is gone already.
    """
    if "retry" in vars(task):
        return
    inner = task.retry

    @functools.wraps(inner)
    def retry(*args: Any, **kwargs: Any) -> Any:
        try:
            return inner(*args, **kwargs)
        except Reject as reject:
            why = reject.reason
            away = isinstance(why, Exception) and (
                is_transient(why, TRANSIENT) or _stumbled_over_closed(why)
            )
            if reject.requeue or not away or not task.acks_late:
                raise
            raise Reject(why, requeue=True) from why

    task.retry = retry


def _stumbled_over_closed(error: Exception) -> bool:
    """Whether a client of a broker fell over a connection that it had just closed itself.

    A channel of kombu has no connection then: ``'NoneType' object has no attribute 'client'``.
    """
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = str(frame.tb_frame.f_globals.get("__name__")) if frame is not None else ""
    is_none = isinstance(error, AttributeError | TypeError) and "'NoneType'" in str(error)
    return is_none and where.startswith(("kombu.transport.", "amqp.", "redis."))


def _conf(task: Any, name: str) -> Any:
    return task.app.conf.get(f"safe_retry_{name}")


def _retry(task: Any, error: Exception, limit_written: bool) -> BaseException:
    """Raises: Celery's Retry, or ``error`` itself when no retries are left."""
    limit = task.max_retries if limit_written else _conf(task, "max")
    countdown = get_exponential_backoff_interval(
        factor=max(1, int(_conf(task, "backoff"))),
        retries=task.request.retries,
        maximum=int(_conf(task, "backoff_max")),
        full_jitter=True,
    )
    if limit is None:
        return task.retry(exc=error, countdown=countdown)  # type: ignore[no-any-return]
    return task.retry(exc=error, countdown=countdown, max_retries=limit)  # type: ignore[no-any-return]
