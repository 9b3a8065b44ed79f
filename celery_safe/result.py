"""The result of a task: typed, and awaitable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery_safe._celery import AsyncResult

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    R = TypeVar("R", default=Any, covariant=True)
else:
    from typing import TypeVar

    R = TypeVar("R")


class SafeResult(AsyncResult[R]):
    """What ``delay()`` gives: ``R`` is what the task's function returns."""
