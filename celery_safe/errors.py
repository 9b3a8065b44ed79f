"""Every exception that celery-safe raises.

::

    CelerySafeError
    |-- UnsafeSetting            a setting that loses or repeats work without bound
    |-- BadSetting               a setting of ours that cannot be read
    |-- SettingsError            a SafeSettings that cannot be read from where it is
    |-- WaiverError              a waiver without a reason, or for nothing that can be waived
    |-- StrictError              what is one warning by default and refused under strict=True
    |   |-- UnnamedTask
    |   |-- UnknownOption        a task or send option, or a setting, that Celery would swallow
    |   `-- UndeclaredQueue
    |-- AsyncTaskError           an `async def` task that could not be run as one
    |-- ArgumentError            an argument that does not survive the trip to the worker
    |-- ScheduleError            a schedule that cannot be, or that does not fit its task
    |-- NoRunningTask            current_task() where no task is running
    |-- NoStore                  something needs a message store, and the app has none
    |-- AmbiguousOutbox          under strict: a task is sent while two transactions are open
    |-- NotCommitted             a result is waited for before its task's transaction commits
    |-- PoisonPill               a task whose worker died under it too often
    |-- TaskDisabled             a task that the kill switch fails
    |-- TooManyRedeliveries      a message given up after its redelivery cap
    |-- DroppedByBroker          a message that the broker itself has given up
    |-- Unreadable               a message that no worker can make a task of
    |-- UnknownTask              a task that no worker knew for too long
    |-- Misfit                   a message on the shelf that is not sent again
    |-- StoreFull                the message store has reached its limit; nothing was written
    |-- BrokerError              the embedded broker cannot work with its file
    `-- MissingExtra             an optional dependency is not installed

    CelerySafeWarning (a UserWarning)
    |-- UnnamedTaskWarning, UnknownOptionWarning, UndeclaredQueueWarning
    |-- ArgumentWarning          an argument that does not fit its annotation and is sent all the same
    |-- UncheckedArgumentWarning an annotation that cannot be used to check an argument
    |-- UnsafeLimitsWarning      time limits or delays that cannot work as written
    `-- OutboxDroppedWarning     a transaction with tasks in it was closed without a commit
"""

from __future__ import annotations


class CelerySafeError(Exception):
    """Base of all errors of this package."""


class UnsafeSetting(CelerySafeError, ValueError):
    """A setting that loses messages, repeats them for ever, or runs code from a message.

    Raised when the app is configured. Waive it with a reason:
    ``SafeCelery(..., waive={"accept_content": "legacy producer until Q3"})``.
    """


class BadSetting(CelerySafeError, ValueError):
    """A setting of ours whose value cannot be read; the message has one that can."""


class SettingsError(CelerySafeError, ValueError):
    """A file, a variable or plain configuration that is no :class:`~celery_safe.SafeSettings`."""


class WaiverError(CelerySafeError, ValueError):
    """A waiver that has no reason, or that names nothing that can be waived."""


class StrictError(CelerySafeError, ValueError):
    """Base of what is one warning by default and an error under ``strict=True``."""


class UnnamedTask(StrictError):
    """A task without an explicit name: moving or renaming its function breaks messages in flight."""


class UnknownOption(StrictError):
    """An option of a task or of a send, or a setting, that Celery accepts and ignores."""


class UndeclaredQueue(StrictError):
    """A queue that the app does not declare, so perhaps no worker consumes it."""


class AsyncTaskError(CelerySafeError, TypeError):
    """An ``async def`` task that would be reported as succeeded without having run."""


class ArgumentError(CelerySafeError, TypeError):
    """An argument that does not fit its annotation, or that the serializer cannot carry unchanged."""


class ScheduleError(CelerySafeError, ValueError):
    """A schedule that cannot be, or whose arguments its task does not take."""


class TooManyRedeliveries(CelerySafeError):
    """The broker delivered one message more often than ``safe_max_redeliveries`` allows."""


class PoisonPill(CelerySafeError):
    """A task whose worker died under it more often than ``safe_max_worker_losses`` allows."""


class TaskDisabled(CelerySafeError):
    """A task that the kill switch fails."""


class NoRunningTask(CelerySafeError, RuntimeError):
    """``current_task()`` was called where no task is running."""


class DroppedByBroker(CelerySafeError):
    """A message that the broker itself has given up: over a delivery limit, expired, out of room."""


class Unreadable(CelerySafeError):
    """A message that no worker can make a task of: its body, headers or content type forbid it."""


class UnknownTask(CelerySafeError):
    """A task that no worker knew for longer than ``safe_unknown_wait``."""


class Misfit(CelerySafeError):
    """A message that is not sent again: today's task would refuse it, or somebody else is at it."""


class NoStore(CelerySafeError, RuntimeError):
    """Something needs a message store, and the app has none."""


class AmbiguousOutbox(CelerySafeError, RuntimeError):
    """Under strict: a task is sent while more than one transaction with an outbox is open."""


class NotCommitted(CelerySafeError, RuntimeError):
    """A result is waited for inside the transaction that has yet to send its task."""


class StoreFull(CelerySafeError, RuntimeError):
    """The message store has reached a limit. Nothing was written and nothing evicted."""

    @classmethod
    def check(cls, limit: int | None, wanted: int, unit: str) -> None:
        """Raise if ``wanted`` messages or bytes are more than ``limit``."""
        if limit is not None and wanted > limit:
            raise cls(
                f"the message store would hold {wanted} {unit}, more than its limit of {limit}: "
                "replay or discard some (`celery-safe messages list`), or raise the limit"
            )


class BrokerError(CelerySafeError):
    """The embedded broker cannot work with its file."""


class MissingExtra(CelerySafeError, ImportError):
    """An optional dependency is missing; the message has the ``pip install`` line."""


class CelerySafeWarning(UserWarning):
    """Base of all warnings of this package."""


class UnnamedTaskWarning(CelerySafeWarning):
    """A task without an explicit name."""


class UnknownOptionWarning(CelerySafeWarning):
    """An option that Celery accepts and ignores."""


class UndeclaredQueueWarning(CelerySafeWarning):
    """A queue that the app does not declare."""


class ArgumentWarning(CelerySafeWarning):
    """An argument that does not fit the annotation of its parameter, and goes on as it is without strict."""


class UncheckedArgumentWarning(CelerySafeWarning):
    """A parameter whose annotation names no type at run time, so that its arguments are not checked."""


class UnsafeLimitsWarning(CelerySafeWarning):
    """Time limits or delays that cannot work as written."""


class OutboxDroppedWarning(CelerySafeWarning):
    """A transaction with tasks in its outbox was closed without a commit: they are not sent."""
