"""What the pool has said is taken in before a lost connection makes Celery forget it.

When the connection to the broker is lost, Celery resets its event loop and forgets every task that
is not yet known to run. Two things get lost with it, and while the main process waited for the
broker that can be seconds of work:

- that a process has begun a task: a poison that dies of it is charged nothing, and an innocent runs
  here and at once again elsewhere;
- the first half of what a process was just saying: the second half is then read as a message of its
  own, which ends the worker (``UnpicklingError``), or leaves it hanging with all that it holds.

Touches private parts of Celery's and billiard's prefork pool: ``AsynPool._fileno_to_outq``,
``_cache``, ``handle_result_event``, ``maintain_pool`` (``celery/concurrency/asynpool.py``), ``ApplyResult._write_to``
and ``_accepted``, ``_sentinel_poll`` of a process (``billiard/pool.py``); and ``Hub.reset``, ``Hub.readers``
(``kombu/asynchronous/hub.py``). Other pools have no pipes, and say at once what they begin.
"""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from typing import Any

from celery.utils.log import get_logger

logger = get_logger(__name__)

#: Seconds to wait for a process to finish what it says, or to say that it has begun its task. One that
#: has just been forked gets its task at once and says nothing for as long as it takes to come up.
PATIENCE = 5.0


def before_reset(hub: Any, pool: Any) -> None:
    """Let every reset of the event loop ``hub`` begin with :func:`take_in`."""

    def reset() -> None:
        take_in(hub, pool)
        type(hub).reset(hub)
        _watch_again(pool)

    hub.reset = reset


def _watch_again(pool: Any) -> None:
    """Let the end of a process be noticed once more, if dealing with it has just failed.

    Celery has then taken it off the event loop, but not out of the pool, and would end the worker
    when it puts the pool back on the loop (``ValueError: file descriptor is None``).
    """
    for process in list(getattr(getattr(pool, "_pool", None), "_pool", ())):
        if vars(process).get("_sentinel_poll", 0) is None:
            del process._sentinel_poll


def take_in(hub: Any, pool: Any) -> None:
    """Handle what the processes of ``pool`` have said, until each has said what it began."""
    inner = getattr(pool, "_pool", None)
    handle = getattr(inner, "handle_result_event", None)
    if inner is None or handle is None:
        return
    end = time.monotonic() + PATIENCE
    while True:
        for fd in _readable(inner._fileno_to_outq):
            callback = hub.readers.get(fd, (None,))[0]
            if callback == handle or isinstance(callback, Generator):
                _handle(callback, fd)
        halves = any(
            isinstance(hub.readers.get(fd, (None,))[0], Generator) for fd in inner._fileno_to_outq
        )
        given = [job for job in list(inner._cache.values()) if job._write_to and not job._accepted]
        if not (halves or given) or time.monotonic() > end:
            return
        if not all(job._write_to._is_alive() for job in given):
            # The task lies in the pipe of a dead process, and the one that takes its place begins it.
            _call(inner.maintain_pool)
        time.sleep(0.005)


def _readable(processes: dict[int, Any]) -> list[int]:
    poller = select.poll()
    for fd in processes:
        poller.register(fd, select.POLLIN)
    return [fd for fd, event in poller.poll(0) if event & select.POLLIN]


def _handle(callback: Any, fd: int) -> None:
    """As the event loop does, which calls a half-read message on with ``next``."""
    if isinstance(callback, Generator):
        _call(next, callback, None)
    else:
        _call(callback, fd)


def _call(what: Any, *args: Any) -> None:
    try:
        what(*args)
    except Exception:  # of a handler, such as an acknowledgement that the lost connection refuses
        logger.exception("What a pool process said or left could not be dealt with")
