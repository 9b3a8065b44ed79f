"""``async def`` tasks: run to their end on one long-lived event loop per thread of the worker.

Plain Celery calls the function, gets a coroutine, never awaits it, and reports success.

Touches the SIGUSR1 handler by which Celery's prefork pool raises the soft time limit
(``billiard/pool.py``, ``soft_timeout_sighandler``).
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from types import coroutine as generator_coroutine
from typing import Any

from celery._state import get_current_task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.utils.compat import detect_environment

from celery_safe.errors import AsyncTaskError

#: Loops inherited over a fork. Closing one would disturb the parent, which shares its selector.
_inherited: list[asyncio.AbstractEventLoop] = []
_local = threading.local()
#: The task that a coroutine runs for; seen by the threads that it starts, unlike Celery's own stack.
running: contextvars.ContextVar[Any] = contextvars.ContextVar("celery_safe_running", default=None)


def is_async(function: Any) -> bool:
    """Whether calling ``function`` only makes a coroutine."""
    return inspect.iscoroutinefunction(inspect.unwrap(function)) or inspect.iscoroutinefunction(
        function
    )


def is_async_generator(function: Any) -> bool:
    """Whether calling ``function`` only makes an async generator."""
    return inspect.isasyncgenfunction(inspect.unwrap(function))


@functools.cache
def synchronous(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """A plain function that runs ``function`` to its end; the same one for the same function."""

    @functools.wraps(function)
    def run_task(*args: Any, **kwargs: Any) -> Any:
        return run(function(*args, **kwargs))

    # Celery reads the parameters without following __wrapped__.
    run_task.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return run_task


def never(function: Any) -> Callable[..., Any]:
    """A plain function that refuses to stand for an async generator."""

    @functools.wraps(function)
    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise AsyncTaskError(generator_message(function))

    refuse.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return refuse


def generator_message(function: Any) -> str:
    """Why an async generator is no task."""
    return (
        f"{function.__module__}.{function.__qualname__} is an async generator: nobody would iterate "
        "over it. Make it an `async def` that returns a value"
    )


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end and cancel what it left behind.

    The soft time limit is raised in the coroutine at its ``await``. Inside a running loop (a task
    called directly, or in eager mode, from async code) it runs in a thread of its own.

    Raises:
        AsyncTaskError: under gevent or eventlet, where one thread cannot run several loops.
    """
    if detect_environment() != "default":
        coroutine.close()
        raise AsyncTaskError(
            f"async tasks do not run under {detect_environment()}: use the prefork, threads or solo pool"
        )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(coroutine)
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(context.run, _run_once, coroutine).result()


def _run_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        return _run(coroutine)
    finally:
        _local.loop.close()
        del _local.loop


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    loop = _loop()
    limit = _SoftLimit(loop)
    main = loop.create_task(_main(coroutine, limit))
    try:
        with limit.cancels(main):
            return loop.run_until_complete(main)
    finally:
        _clean(loop)


async def _main(coroutine: Coroutine[Any, Any, Any], limit: _SoftLimit) -> Any:
    """A real coroutine around the driving generator: from Python 3.12 a loop takes no other."""
    running.set(get_current_task())
    return await _limited(coroutine, limit)


def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop of this thread, made at its first async task."""
    loop: asyncio.AbstractEventLoop | None = getattr(_local, "loop", None)
    if loop is not None and _local.pid != os.getpid():
        _inherited.append(loop)
        loop = None
    if loop is None or loop.is_closed():
        loop = asyncio.new_event_loop()
        _local.loop, _local.pid = loop, os.getpid()
    return loop


def _clean(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the tasks that a coroutine left behind, and let them finish."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


class _SoftLimit:
    """Turns the pool's signal into a cancellation while the loop runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.reached = False
        self._main: asyncio.Task[Any] | None = None
        self._before: Any = None

    def cancels(self, main: asyncio.Task[Any]) -> _SoftLimit:
        self._main = main
        return self

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # no pool but prefork has a soft limit, and it runs tasks in the main thread
        before = signal.getsignal(signal.SIGUSR1)
        if callable(before):
            # A handler of the loop, so that it wakes up from waiting.
            self.loop.add_signal_handler(signal.SIGUSR1, self._cancel)
            self._before = before

    def _cancel(self) -> None:
        self.reached = True
        if self._main is not None:
            self._main.cancel()

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            self.loop.remove_signal_handler(signal.SIGUSR1)
            signal.signal(signal.SIGUSR1, self._before)


@generator_coroutine
def _limited(coroutine: Coroutine[Any, Any, Any], limit: _SoftLimit) -> Generator[Any, Any, Any]:
    """Drive ``coroutine``; the cancellation of the limit reaches it as SoftTimeLimitExceeded."""
    step: Callable[[Any], Any] = coroutine.send
    value: Any = None
    while True:
        try:
            awaited = step(value)
        except StopIteration as done:
            return done.value
        try:
            value, step = (yield awaited), coroutine.send
        except asyncio.CancelledError as error:
            value, step = (SoftTimeLimitExceeded() if limit.reached else error), coroutine.throw
            limit.reached = False
        except BaseException as error:  # noqa: BLE001 (belongs to the coroutine)
            value, step = error, coroutine.throw
