"""What one consumer holds in Redis, under a lease that a thread renews."""

from __future__ import annotations

import logging
import threading
import uuid
import weakref
from collections.abc import Callable, Collection
from time import time
from typing import Any

import redis
from kombu.utils.encoding import bytes_to_str

from celery_safe.broker import _redis_scripts as scripts

logger = logging.getLogger(__name__)


class Held:
    """What one consumer holds in Redis, under a lease.

    Keys, beside kombu's own: ``<unacked>-safe:consumers`` the end of each lease,
    ``<unacked>-safe:<consumer>:tags`` what it works on, ``...:sources`` the queues it takes from and
    ``...:taking:<queue>`` what it has taken and not yet written down.
    """

    def __init__(self, channel: Any) -> None:
        self.lease = float(channel.consumer_lease)
        self.consumer = uuid.uuid4().hex
        self._root = f"{channel.unacked_key}-safe"
        self._prefix = channel.global_keyprefix or ""
        self._unacked = [
            self._prefix + channel.unacked_key,
            self._prefix + channel.unacked_index_key,
        ]
        # Without kombu's prefixing client, which does not know all of these commands.
        self._redis = redis.Redis(connection_pool=channel.pool)
        self._sources: frozenset[str] = frozenset()
        self._stop = threading.Event()
        # Held while the lease is renewed, so that no late renewal follows the end of the lease.
        self._renewing = threading.Lock()
        self._abandoned: Callable[[], bool] | None = None
        self.renew()
        threading.Thread(
            target=_keep, args=(weakref.ref(channel), self), name="celery-safe-lease", daemon=True
        ).start()

    def name(self, what: str) -> str:
        """A key of this consumer, without the global prefix."""
        return f"{self._root}:{self.consumer}:{what}"

    def key(self, what: str) -> str:
        """A key of this consumer, as it is in Redis."""
        return self._prefix + self.name(what)

    def taking(self, source: str) -> str:
        """The list to which messages of a queue are moved; ``source`` is the queue's full key."""
        return self.key(f"taking:{source}")

    def take_from(self, sources: Collection[str]) -> None:
        """Write down the queues, before anything is taken from them."""
        fresh = frozenset(sources) - self._sources
        if fresh:
            self._redis.sadd(self.key("sources"), *fresh)
            self._sources |= fresh

    def adopt(self, tag: str, raw: str) -> None:
        """Write down that a message is being worked on, and take it off its list, in one step."""
        unacked, index = self._unacked
        pipe: Any = self._redis.pipeline()
        pipe.hset(unacked, tag, raw).sadd(self.key("tags"), tag)
        pipe.zadd(index, {tag: time()})
        if self.last is not None:
            pipe.lpop(self.taking(self.last))
        pipe.execute()
        self.last = None

    #: The queue of the message that has been taken and not yet written down.
    last: str | None = None

    def renew(self) -> None:
        """Extend the lease, and keep kombu's visibility timeout away from what is worked on."""
        self._redis.eval(
            scripts.RENEW, 3, self._consumers, self.key("tags"), self._unacked[1], self.consumer, self.lease
        )  # fmt: skip

    @property
    def _consumers(self) -> str:
        return f"{self._prefix}{self._root}:consumers"

    def reap(self, restore: Callable[[str], object]) -> None:
        """Give back what the consumers hold whose lease has run out, one after the other."""
        root = self._prefix + self._root
        while True:
            found = self._redis.eval(scripts.REAP, 1, self._consumers, root, self.lease)
            if not found:
                return
            dead, until, moved, tags = found
            for tag in tags:
                restore(bytes_to_str(tag))
            self._redis.eval(scripts.BURY, 1, self._consumers, root, dead, until, *tags)
            if moved or tags:
                logger.warning(
                    "A consumer did not renew its lease for %.0f s (its worker was killed, stopped or cut off): "
                    "gave back %d messages that it worked on and %d in transit",
                    self.lease, len(tags), moved,
                )  # fmt: skip

    def abandon(self, running: Collection[str], restore: Callable[[str], object]) -> None:
        """The connection is lost: keep the tags of what still runs, give everything else back.

        Redis may be away, so the thread that renews does it as soon as it can.
        """

        def give_back() -> bool:
            root = self._prefix + self._root
            self._redis.eval(scripts.GIVE_BACK, 1, self._consumers, root, self.consumer)
            for tag in self._redis.smembers(self.key("tags")):
                if bytes_to_str(tag) not in running:
                    restore(bytes_to_str(tag))
            return True

        self._abandoned = give_back

    def close(self) -> None:
        """Let the lease run out soon: what is still in transit is given back by another consumer."""
        self._stop.set()
        with self._renewing:
            self._redis.zadd(self._consumers, {self.consumer: 0})

    def wait(self) -> bool:
        """Wait until the next renewal; False when there is nothing left to renew."""
        return not self._stop.wait(self.lease / 5)

    def tend(self) -> None:
        """Renew, and finish what :meth:`abandon` began."""
        with self._renewing:
            if self._stop.is_set():
                return
            self.renew()
            if self._abandoned is not None and self._abandoned():
                self._abandoned = None


def _keep(channel: weakref.ref[Any], held: Held) -> None:
    """Renew until the channel is closed, or forgotten after its connection was lost."""
    away = False
    while held.wait() and channel() is not None:
        try:
            held.tend()
            away = False
        # redis-py raises ValueError where another thread closes its connection while it reads.
        except (redis.RedisError, OSError, ValueError) as error:
            if not away:
                logger.warning(
                    "The lease on messages could not be renewed, trying again: %s", error
                )
            away = True
