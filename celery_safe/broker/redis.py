"""Redis as a broker that loses nothing when a worker is killed, and gives its work on in seconds.

kombu pops a message off its queue and then writes down that it is being worked on; a worker killed
between the two has lost it. And what a dead worker held comes back after the visibility timeout,
an hour by default, while a task that runs for longer than that is started a second time.

Here a message is *moved* (``LMOVE``) to a list of its consumer's, and each consumer holds a lease
that a thread renews. Whoever finds a lease run out gives everything of its consumer back.

Touches private parts of ``kombu/transport/redis.py``: ``Channel._brpop_start``, ``_brpop_read``,
``_in_poll``, ``_queue_cycle``, ``_connparams``, ``QoS.append``, ``_remove_from_indices``, ``restore_by_tag`` and
``restore_visible``; tests/unit/broker/test_redis.py fails when they move.
"""

# pyright: reportIncompatibleMethodOverride=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
from __future__ import annotations

import logging
from collections.abc import Collection
from queue import Empty
from time import monotonic
from typing import Any

import redis
from kombu.transport import redis as stock
from kombu.transport import virtual
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import dumps, loads

from celery_safe.broker import _redis_scripts as scripts
from celery_safe.broker._redis_held import Held

logger = logging.getLogger(__name__)

#: Seconds after which a consumer that did not renew its lease is taken for dead; the transport
#: option ``consumer_lease`` changes it. It is renewed five times as often.
LEASE = 15.0
#: Seconds for which Redis is asked to wait for a message, all queues together.
WAIT = 0.25
#: Seconds between two looks for dead consumers, at most.
REAP_EVERY = 1.5


class QoS(stock.QoS):
    """Unacknowledged messages, each also in the set of its consumer's tags."""

    channel: Any
    _reaped_at = 0.0

    def append(self, message: Any, delivery_tag: str) -> None:
        """Write down that a message is being worked on; from then on it is no longer in transit."""
        held = self.channel.held
        if held is None:
            super().append(message, delivery_tag)
            return
        info = message.delivery_info
        raw = dumps([message._raw, info["exchange"], info["routing_key"]])
        held.adopt(delivery_tag, raw)
        virtual.QoS.append(self, message, delivery_tag)

    def _remove_from_indices(self, delivery_tag: str, pipe: Any = None) -> Any:
        pipe = super()._remove_from_indices(delivery_tag, pipe)
        held = self.channel.held
        return pipe if held is None else pipe.srem(held.name("tags"), delivery_tag)

    def restore_visible(self, *args: Any, **kwargs: Any) -> Any:
        """Give back what dead consumers hold, then what kombu's visibility timeout says."""
        self._reap()
        return super().restore_visible(*args, **kwargs)

    def _reap(self) -> None:
        self._reaped_at = monotonic()
        if self.channel.held is not None:
            self.channel.held.reap(self.restore_by_tag)

    def reap_in_time(self) -> None:
        """The same for consumers without an event loop (gevent), which no timer of kombu's calls."""
        if monotonic() > self._reaped_at + REAP_EVERY:
            self._reap()


class Leased:
    """Mixed into kombu's channels."""

    QoS = QoS
    held: Held | None = None
    consumer_lease: float | None = LEASE
    _sent: tuple[str, list[str]] | None = None
    _found_nothing = False
    _turn = 0
    _no_ack: frozenset[str] = frozenset()

    def basic_consume(self: Any, queue: str, no_ack: bool, *args: Any, **kwargs: Any) -> Any:
        """Consume; without acknowledgement there is nothing to hold, and kombu's own way is right."""
        self._no_ack = self._no_ack - {queue} | ({queue} if no_ack else set())
        return super().basic_consume(queue, no_ack, *args, **kwargs)  # type: ignore[misc]

    def _is_leased(self: Any) -> bool:
        if not (self.consumer_lease and self.ack_emulation) or self._no_ack.intersection(
            self.active_queues
        ):
            return False
        if self.held is None and self._can_move():
            self.held = Held(self)
        return self.held is not None

    def _can_move(self: Any) -> bool:
        known = self.connection.__dict__.get("safe_can_move")
        if known is None:
            try:
                # Scripts too may be forbidden by an ACL or unknown to a proxy.
                redis.Redis(connection_pool=self.pool).eval(
                    scripts.PROBE, 1, f"{self.unacked_key}-safe"
                )
                known = True
            except redis.ResponseError as error:
                known = False
                logger.warning(
                    "This Redis has no LMOVE or no scripts (%s): a worker that is killed while it takes a "
                    "message loses it, and what it worked on comes back after the visibility timeout. "
                    "Use Redis 6.2 or newer",
                    error,
                )  # fmt: skip
            self.connection.safe_can_move = known
        return bool(known)

    def _connparams(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Of a channel that has lost its connection there are none; that is no AttributeError.

        A publisher that finds its channel so connects again, as after any lost connection; with
        kombu's AttributeError a retry that meets a restart of Redis is given up for good.
        """
        if getattr(self.connection, "client", None) is None:
            raise redis.ConnectionError("the channel is closed, as its connection was lost")
        return super()._connparams(*args, **kwargs)  # type: ignore[misc]

    def _brpop_start(self: Any, *args: Any, **kwargs: Any) -> None:
        if not self._is_leased():
            super()._brpop_start(*args, **kwargs)  # type: ignore[misc]
            return
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        prefix = self.global_keyprefix or ""
        sources = [prefix + self._q_for_pri(q, p) for p in self.priority_steps for q in queues]
        self.held.take_from(sources)
        self.qos.reap_in_time()
        if self._found_nothing:
            # One queue at a time, as no command waits for several and moves.
            self._turn = (self._turn + 1) % len(queues)
            sources = [prefix + self._q_for_pri(queues[self._turn], 0)]
            timeout = max(WAIT / len(queues), 0.01)
            command: list[Any] = [
                "BLMOVE", sources[0], self.held.taking(sources[0]), "RIGHT", "LEFT", timeout
            ]  # fmt: skip
        else:
            pairs = [key for source in sources for key in (source, self.held.taking(source))]
            command = ["EVAL", scripts.TAKE, len(pairs), *pairs]
        self._sent = (command[0], sources)
        self._in_poll = self.client.connection
        self._brpop_sent_at = monotonic()
        self.client.connection.send_command(*command)

    def _brpop_read(self: Any, **options: Any) -> Any:
        if self._sent is None:
            return super()._brpop_read(**options)  # type: ignore[misc]
        (command, sources), self._sent = self._sent, None
        try:
            reply = self._reply(command, **options)
            self._found_nothing = reply is None and command == "EVAL"
            if reply is None:
                raise Empty
            source, item = (sources[0], reply) if command == "BLMOVE" else reply
            source = bytes_to_str(source)
            queue = source[len(self.global_keyprefix or "") :].rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(queue)
            self.held.last = source
            self.connection._deliver(loads(bytes_to_str(item)), queue)
            return True
        finally:
            self._in_poll = None
            getattr(self, "_flush_brpop_reauth", lambda: None)()

    def _reply(self: Any, command: str, **options: Any) -> Any:
        connection = self.client.connection
        try:
            return self.client.parse_response(connection, command, **options)
        except self.connection_errors:
            connection.disconnect()  # so that the next turn connects again, as kombu does
            raise

    def _poll_error(self: Any, type: str, **options: Any) -> Any:
        if type == "BRPOP" and self._sent is not None:
            return self._reply(self._sent[0], **options)
        return super()._poll_error(type, **options)  # type: ignore[misc]

    def abandon(self: Any, running: Collection[str]) -> None:
        """After a lost connection: give back what is not in ``running`` (delivery tags)."""
        if self.held is not None:
            self.held.abandon(running, self.qos.restore_by_tag)

    def close(self: Any) -> None:
        """Restore what is unacknowledged, as kombu does, and let the lease go."""
        super().close()  # type: ignore[misc]
        held, self.held = self.held, None
        if held is not None:
            try:
                held.close()
            except redis.RedisError as error:
                logger.debug("the lease runs out by itself: %s", error)


class Channel(Leased, stock.Channel):
    """kombu's channel, with leases."""

    from_transport_options = (*stock.Channel.from_transport_options, "consumer_lease")


class Transport(stock.Transport):
    """``redis://`` and ``rediss://``."""

    Channel = Channel


class SentinelChannel(Leased, stock.SentinelChannel):
    """kombu's channel by Sentinel, with leases."""

    from_transport_options = (*stock.SentinelChannel.from_transport_options, "consumer_lease")


class SentinelTransport(stock.SentinelTransport):
    """``sentinel://``."""

    Channel = SentinelChannel
