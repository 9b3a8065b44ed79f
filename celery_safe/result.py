"""The result of a task: typed, and awaitable.

Touches private parts of Celery's result: ``_get_task_meta``, ``_parents`` and
``_maybe_reraise_parent_error`` (``celery/result.py``); tests/unit/test_awaiting.py fails when they move.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from celery import result as celery_result
from celery.exceptions import TimeoutError as CeleryTimeoutError

from celery_safe import awaiting
from celery_safe._celery import AsyncResult

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    R = TypeVar("R", default=Any, covariant=True)
else:
    from typing import TypeVar

    R = TypeVar("R")

#: Seconds that ``await result`` waits.
TIMEOUT = 60.0


class SafeResult(AsyncResult[R]):
    """What ``delay()`` gives: ``R`` is what the task's function returns."""

    async def aget(
        self,
        timeout: float = TIMEOUT,
        *,
        propagate: bool = True,
        disable_sync_subtasks: bool = True,
    ) -> R:
        """Wait without blocking the event loop; ``await result`` is the same with the defaults.

        A Redis backend says when it is there, any other is asked, at first every 20 ms and at last
        every half second.

        Args:
            timeout: seconds to wait at most.
            propagate: raise what the task has raised, or return the exception.
            disable_sync_subtasks: refuse to wait inside a task, where a worker may wait for itself.

        Raises:
            celery.exceptions.TimeoutError: there is no result within ``timeout``.
        """
        if self.ignored:
            return None  # type: ignore[return-value]  # as get() does
        if disable_sync_subtasks:
            celery_result.assert_will_not_block()
        if not await awaiting.until(self, self._is_over, timeout):
            state = await asyncio.to_thread(lambda: self.state)
            raise CeleryTimeoutError(
                f"no result of {self.name or 'the task'}[{self.id}] within {timeout:g} s; its state is "
                f"{state}. Is a worker running that consumes its queue, and does it use this backend?"
            )
        if propagate:
            self.maybe_throw()
        return self.result  # type: ignore[no-any-return]  # its type is that of the function

    def __await__(self) -> Generator[Any, None, R]:
        return self.aget().__await__()

    def _is_over(self) -> bool:
        """Whether there is a result; raises what a task before it in a chain has raised."""
        if self.parent is not None:
            self._maybe_reraise_parent_error()
        return self.ready()

    def _waits_for(self) -> list[str]:
        """The ids whose results end the wait: this one, and those before it in a chain."""
        return [self.id, *(parent.id for parent in self._parents() if hasattr(parent, "id"))]


class SafeEagerResult(celery_result.EagerResult, SafeResult[R]):
    """The result of a task that has run in place."""

    async def aget(  # noqa: D102
        self,
        timeout: float = TIMEOUT,  # noqa: ARG002 (it is there)
        *,
        propagate: bool = True,
        disable_sync_subtasks: bool = True,
    ) -> R:
        return self.get(propagate=propagate, disable_sync_subtasks=disable_sync_subtasks)
