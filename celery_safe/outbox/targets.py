"""Which transaction a task that is sent now belongs to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from celery import current_task
from celery.app.task import Task

from celery_safe.errors import AmbiguousOutbox
from celery_safe.store import New


class Target(Protocol):
    """A transaction that takes messages."""

    def is_open(self) -> bool:
        """Whether it takes messages now."""
        ...

    def add(self, app: Any, entries: Sequence[New]) -> None:
        """Take messages: they are there if it commits."""
        ...

    def records(self, app: Any) -> Any:
        """The records of the app's store, written by this transaction."""
        ...


class Direct:
    """No transaction: what is sent goes to the broker at once."""

    def is_open(self) -> bool:
        """Always."""
        return True

    def add(self, app: Any, entries: Sequence[New]) -> None:
        """Never asked."""
        raise NotImplementedError

    def records(self, app: Any) -> Any:
        """Never asked."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class _Place:
    target: Target
    #: The user has said so: open until the block ends.
    explicit: bool

    def is_open(self) -> bool:
        return self.explicit or self.target.is_open()


#: From the outermost to the innermost.
_stack: ContextVar[tuple[_Place, ...]] = ContextVar("celery_safe_outbox", default=())


class Within:
    """Everything that is sent in the block goes to a target; ``async with`` does the same."""

    def __init__(self, target: Target) -> None:
        self._place = _Place(target, explicit=True)

    def __enter__(self) -> None:
        _stack.set((*_stack.get(), self._place))

    def __exit__(self, *_: object) -> None:
        # No token: a generator may be closed in another context than that of its start.
        _stack.set(tuple(place for place in _stack.get() if place is not self._place))

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()


def push(target: Target) -> None:
    """From now on, and as long as it is open, ``target`` is the innermost one of this context."""
    kept = (p for p in _stack.get() if p.explicit or (p.target is not target and p.is_open()))
    _stack.set((*kept, _Place(target, explicit=False)))


def choose(app: Any, ambient: Target | None = None) -> Target | None:
    """Where what is sent now goes; None is the broker.

    Args:
        app: a SafeCelery.
        ambient: an open transaction that nobody had to name, the outermost of all.

    Raises:
        AmbiguousOutbox: two transactions are open and the app is strict.
    """
    places = _stack.get()
    if not places:
        return ambient
    found = [
        *([ambient] if ambient is not None else []),
        *(p.target for p in places if p.is_open()),
    ]
    if not found or isinstance(found[-1], Direct):
        return None
    others = [t for t in found[:-1] if t != found[-1] and not isinstance(t, Direct)]
    if others and app.strict:
        raise AmbiguousOutbox(
            f"a task is sent while {len(others) + 1} transactions are open: {found[-1]!r} and "
            f"{others[-1]!r}. Say which: task.outbox(session).delay(...), or `with outbox(None):` "
            "to send at once"
        )
    return found[-1]


_AGAIN = {Task.retry.__code__, Task.replace.__code__, Task.add_to_chord.__code__}


def is_sent_again() -> bool:
    """Whether a running task is sending itself, or what stands for it, once more.

    It raises right after, which rolls the transaction around it back: the message must be out.
    """
    if not current_task:
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != "celery.app.trace":
        if frame.f_code in _AGAIN:
            return True
        frame = frame.f_back
    return False
