"""How a coroutine learns that a result is there: Redis tells, any other backend is asked.

One connection per event loop and Redis backend is subscribed to all that is awaited. When it is lost,
the results are asked for as with any other backend.

Touches private parts of Celery's Redis backend: ``connparams`` (``celery/backends/redis.py``);
tests/integration/test_await_on_redis.py fails when they move.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from celery.utils.log import get_logger

logger = get_logger(__name__)

#: Seconds between two questions: at first, at most, and where Redis tells by itself.
FIRST, MOST, TOLD = 0.02, 0.5, 5.0

_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, Listener]] = WeakKeyDictionary()


async def until(result: Any, is_over: Callable[[], bool], timeout: float) -> bool:
    """Wait until ``is_over()`` holds, which is asked in a thread; False when the time is up first."""
    in_place = getattr(result.backend, "wait_in_place", None)
    if in_place is not None:  # that of a test, whose worker runs when it is told to
        in_place(result.id)
        return is_over()
    deadline = time.monotonic() + timeout
    changed, pause = asyncio.Event(), FIRST
    listener = _listener(result.backend)
    try:
        if listener is not None:
            await listener.listen(result._waits_for(), changed)
        while True:
            changed.clear()
            if await asyncio.to_thread(is_over):
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            told = listener is not None and listener.is_listening
            try:
                await asyncio.wait_for(changed.wait(), min(left, TOLD if told else pause))
            except asyncio.TimeoutError:
                pause = min(pause * 1.5, MOST)
    finally:
        if listener is not None:
            await listener.forget(changed)


class Listener:
    """The one subscription of an event loop to the results in a Redis."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._client: Any = None
        self._pubsub: Any = None
        self._reader: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self.is_listening = False

    async def listen(self, ids: list[str], changed: asyncio.Event) -> None:
        """Set ``changed`` from now on when one of the results comes, as long as Redis answers."""
        channels = [_text(self._backend.get_key_for_task(one)) for one in ids]
        async with self._lock:
            for channel in channels:
                self._waiting.setdefault(channel, set()).add(changed)
            try:
                if self._pubsub is None:
                    self._client = _client(self._backend)
                    self._pubsub = self._client.pubsub(ignore_subscribe_messages=True)
                await self._pubsub.subscribe(*channels)
            except Exception as error:  # noqa: BLE001 (whatever the client raises: the result is asked for)
                await self._close(error)
                return
            self.is_listening = True
            if self._reader is None:
                self._reader = asyncio.create_task(self._read(self._pubsub))

    async def _read(self, pubsub: Any) -> None:
        try:
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=None)
                if message is not None:
                    for changed in self._waiting.get(_text(message["channel"]), ()):
                        changed.set()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 (said, and the results are asked for instead)
            self._reader = None
            async with self._lock:
                if self._pubsub is pubsub:
                    await self._close(error)

    async def forget(self, changed: asyncio.Event) -> None:
        """Stop listening for one that waits; the last one closes the connection."""
        async with self._lock:
            gone = [name for name, waiting in self._waiting.items() if waiting == {changed}]
            for waiting in self._waiting.values():
                waiting.discard(changed)
            for name in gone:
                del self._waiting[name]
            try:
                if not self._waiting:
                    await self._close()
                elif gone and self._pubsub is not None:
                    await self._pubsub.unsubscribe(*gone)
            except Exception as error:  # noqa: BLE001 (the result has been got, or its time is up)
                await self._close(error)

    async def _close(self, error: Exception | None = None) -> None:
        if error is not None:
            logger.warning("Results are asked for, since Redis does not tell of them: %r", error)
        reader, self._reader, self.is_listening = self._reader, None, False
        pubsub, self._pubsub, client, self._client = self._pubsub, None, self._client, None
        if reader is not None and reader is not asyncio.current_task():
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        for part in (pubsub, client):
            if part is not None:
                try:
                    await part.aclose()
                except Exception as closing:  # noqa: BLE001 (a lost connection need not close well)
                    logger.debug("closing a connection to Redis: %r", closing)
        for waiting in self._waiting.values():
            for changed in waiting:
                changed.set()


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _listener(backend: Any) -> Listener | None:
    """The listener of this loop for a plain Redis backend; None for any other."""
    module = type(backend).__module__
    if module != "celery.backends.redis" or type(backend).__name__ != "RedisBackend":
        return None
    by_backend = _listeners.setdefault(asyncio.get_running_loop(), {})
    found = by_backend.get(id(backend))
    if found is None or found._backend is not backend:
        found = by_backend[id(backend)] = Listener(backend)
    return found


def _client(backend: Any) -> Any:
    """An asynchronous client that connects as the backend does."""
    from redis import asyncio as redis
    from redis import connection as sync

    parameters = dict(backend.connparams)
    cls = parameters.pop("connection_class", None)
    classes = {
        None: redis.Connection,
        sync.Connection: redis.Connection,
        sync.SSLConnection: redis.SSLConnection,
        sync.UnixDomainSocketConnection: redis.UnixDomainSocketConnection,
    }
    if cls not in classes:
        raise TypeError(f"no asynchronous connection like {cls!r}")
    for name in ("max_connections", "retry_on_timeout", "socket_timeout"):
        parameters.pop(name, None)  # of requests; this connection waits
    pool = redis.ConnectionPool(connection_class=classes[cls], **parameters)
    return redis.Redis(connection_pool=pool)
