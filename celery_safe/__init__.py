"""Celery without its footguns.

``from celery_safe import SafeCelery`` is the whole start.
Importing this package loads none of celery, kombu, click or libcst: the public names below
are imported when they are first used (:pep:`562`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery_safe._celery import Signature as Signature
    from celery_safe.app import SafeCelery as SafeCelery
    from celery_safe.decorators import shared_task as shared_task
    from celery_safe.errors import AmbiguousOutbox as AmbiguousOutbox
    from celery_safe.errors import ArgumentError as ArgumentError
    from celery_safe.errors import ArgumentWarning as ArgumentWarning
    from celery_safe.errors import AsyncTaskError as AsyncTaskError
    from celery_safe.errors import BadSetting as BadSetting
    from celery_safe.errors import BrokerError as BrokerError
    from celery_safe.errors import CelerySafeError as CelerySafeError
    from celery_safe.errors import CelerySafeWarning as CelerySafeWarning
    from celery_safe.errors import DroppedByBroker as DroppedByBroker
    from celery_safe.errors import Misfit as Misfit
    from celery_safe.errors import MissingExtra as MissingExtra
    from celery_safe.errors import NoRunningTask as NoRunningTask
    from celery_safe.errors import NoStore as NoStore
    from celery_safe.errors import NotCommitted as NotCommitted
    from celery_safe.errors import OutboxDroppedWarning as OutboxDroppedWarning
    from celery_safe.errors import PoisonPill as PoisonPill
    from celery_safe.errors import ScheduleError as ScheduleError
    from celery_safe.errors import SettingsError as SettingsError
    from celery_safe.errors import StoreFull as StoreFull
    from celery_safe.errors import StrictError as StrictError
    from celery_safe.errors import TaskDisabled as TaskDisabled
    from celery_safe.errors import TooManyRedeliveries as TooManyRedeliveries
    from celery_safe.errors import UncheckedArgumentWarning as UncheckedArgumentWarning
    from celery_safe.errors import UndeclaredQueue as UndeclaredQueue
    from celery_safe.errors import UndeclaredQueueWarning as UndeclaredQueueWarning
    from celery_safe.errors import UnknownOption as UnknownOption
    from celery_safe.errors import UnknownOptionWarning as UnknownOptionWarning
    from celery_safe.errors import UnknownTask as UnknownTask
    from celery_safe.errors import UnnamedTask as UnnamedTask
    from celery_safe.errors import UnnamedTaskWarning as UnnamedTaskWarning
    from celery_safe.errors import Unreadable as Unreadable
    from celery_safe.errors import UnsafeLimitsWarning as UnsafeLimitsWarning
    from celery_safe.errors import UnsafeSetting as UnsafeSetting
    from celery_safe.errors import WaiverError as WaiverError
    from celery_safe.result import SafeResult as SafeResult
    from celery_safe.schedules import cron as cron
    from celery_safe.schedules import daily as daily
    from celery_safe.schedules import every as every
    from celery_safe.schedules import once as once
    from celery_safe.schedules import schedule as schedule
    from celery_safe.schedules import weekly as weekly
    from celery_safe.task import SafeTask as SafeTask
    from celery_safe.task import current_task as current_task
    from celery_safe.typed_settings import SafeSettings as SafeSettings

__version__ = "0.1.0"

_ERRORS = (
    "AmbiguousOutbox", "ArgumentError", "ArgumentWarning", "AsyncTaskError", "BadSetting", "BrokerError", "CelerySafeError",
    "CelerySafeWarning", "DroppedByBroker", "Misfit", "MissingExtra", "NoRunningTask", "NoStore", "NotCommitted",
    "OutboxDroppedWarning", "PoisonPill", "ScheduleError", "SettingsError",
    "StoreFull", "StrictError", "TaskDisabled", "TooManyRedeliveries", "UncheckedArgumentWarning", "UndeclaredQueue",
    "UndeclaredQueueWarning", "UnknownOption", "UnknownOptionWarning", "UnknownTask", "UnnamedTask", "Unreadable",
    "UnnamedTaskWarning", "UnsafeLimitsWarning", "UnsafeSetting", "WaiverError",
)  # fmt: skip

_SCHEDULES = ("cron", "daily", "every", "once", "schedule", "weekly")

#: Public name -> the module it lives in.
_WHERE = {
    "SafeCelery": "celery_safe.app",
    "SafeResult": "celery_safe.result",
    "SafeSettings": "celery_safe.typed_settings",
    "SafeTask": "celery_safe.task",
    "Signature": "celery_safe._celery",
    "current_task": "celery_safe.task",
    "shared_task": "celery_safe.decorators",
    **dict.fromkeys(_ERRORS, "celery_safe.errors"),
    **dict.fromkeys(_SCHEDULES, "celery_safe.schedules"),
}

__all__ = ["__version__", *_WHERE]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    try:
        module = _WHERE[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
