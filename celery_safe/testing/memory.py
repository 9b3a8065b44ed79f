"""The broker and the result store of one test: in memory, with real messages, acks and redelivery.

The stock ``memory://`` transport never gives back what was not acknowledged and shares one state
between all apps of a process; this one belongs to one :class:`Broker`.
"""

from __future__ import annotations

import copy
import itertools
from collections import deque
from dataclasses import dataclass, field
from queue import Empty
from typing import Any
from weakref import WeakValueDictionary

from celery import states
from celery.backends.base import KeyValueStoreBackend
from celery.exceptions import TimeoutError as CeleryTimeoutError
from kombu.transport import TRANSPORT_ALIASES, virtual

SCHEME = "safe-memory"
TRANSPORT_ALIASES[SCHEME] = "celery_safe.testing.memory:Transport"

_numbers = itertools.count(1)
_brokers: WeakValueDictionary[str, Broker] = WeakValueDictionary()

Payload = dict[str, Any]


@dataclass(eq=False)
class Broker:
    """What a broker knows: its queues, what was published, what was delivered from where."""

    name: str = field(default_factory=lambda: f"test-{next(_numbers)}")
    queues: dict[str, deque[Payload]] = field(default_factory=dict)
    published: list[Payload] = field(default_factory=list)
    delivered: list[tuple[str, Payload]] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    state: virtual.BrokerState = field(default_factory=virtual.BrokerState)

    def __post_init__(self) -> None:
        _brokers[self.name] = self

    @property
    def url(self) -> str:
        """The broker's URL, in this process alone."""
        return f"{SCHEME}://{self.name}/"

    def give_back(self, queue: str, payload: Payload) -> None:
        """Put a delivered message at the head of its queue, marked as redelivered."""
        again = copy.deepcopy(payload)
        again["properties"]["delivery_info"]["redelivered"] = True
        self.queues.setdefault(queue, deque()).appendleft(again)

    def waiting(self) -> list[Payload]:
        """The messages in all queues."""
        return [payload for queue in self.queues.values() for payload in queue]


class Channel(virtual.Channel):
    """A channel that keeps its unacknowledged messages until they are acknowledged or given back."""

    do_restore = False  # what a crash gives back is the worker's matter
    supports_fanout = True

    @property
    def broker(self) -> Broker:
        """The broker of the connection's URL."""
        found: Broker = self.connection.broker
        return found

    def _has_queue(self, queue: str, **_: Any) -> Any:
        return queue in self.broker.queues

    def _new_queue(self, queue: str, **_: Any) -> None:
        self.broker.queues.setdefault(queue, deque())

    def _queue_bind(self, *_: Any) -> None:
        """The state of the broker has it."""

    def _put(self, queue: str, message: Payload, **_: Any) -> None:
        self.broker.queues.setdefault(queue, deque()).append(message)

    def _put_fanout(self, exchange: str, message: Payload, routing_key: str, **_: Any) -> None:
        for queue in self._lookup(exchange, routing_key):
            self._put(str(queue), message)

    def _get(self, queue: str, timeout: float | None = None) -> Payload:  # noqa: ARG002
        try:
            payload = self.broker.queues[queue].popleft()
        except (KeyError, IndexError):
            raise Empty from None
        self.broker.delivered.append((queue, copy.deepcopy(payload)))
        return payload

    def _size(self, queue: str) -> Any:
        return len(self.broker.queues.get(queue, ()))

    def _delete(self, queue: str, *_: Any, **__: Any) -> None:
        self.broker.queues.pop(queue, None)

    def _purge(self, queue: str) -> int:
        size: int = self._size(queue)
        self.broker.queues[queue] = deque()
        return size

    def basic_publish(
        self, message: Payload, exchange: str, routing_key: str, **kwargs: Any
    ) -> Any:
        """Publish, and write down what and where."""
        done = super().basic_publish(message, exchange, routing_key, **kwargs)
        self.broker.published.append(copy.deepcopy(message))
        return done

    def _restore_at_beginning(self, message: Any) -> None:
        self.give_back(message)

    def _restore(self, message: Any) -> None:
        self.give_back(message)

    def give_back(self, message: Any) -> None:
        """Put a message back to where it came from."""
        tag = message.delivery_tag
        for queue, payload in reversed(self.broker.delivered):
            if payload["properties"]["delivery_tag"] == tag:
                self.broker.give_back(queue, payload)
                return
        raise LookupError(f"message {tag} was not delivered by this broker")


class Transport(virtual.Transport):
    """Connects to the :class:`Broker` that its URL names."""

    Channel = Channel
    driver_type = "memory"
    driver_name = "memory"
    polling_interval = 0.01

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        try:
            self.broker = _brokers[client.hostname]
        except KeyError:
            raise ConnectionError(
                f"the in-memory broker {client.hostname!r} is that of a test that has ended"
            ) from None
        self.state = self.broker.state

    def driver_version(self) -> Any:
        """Nothing of its own."""
        return "0"


class Backend(KeyValueStoreBackend):
    """Results in memory; who waits for one lets the worker work first, and never waits in vain."""

    supports_native_join = True
    implements_incr = True

    @property
    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = self.app.safe_bench.broker.results
        return values

    def get(self, key: Any) -> Any:  # noqa: D102
        return self._values.get(_text(key))

    def mget(self, keys: Any) -> Any:  # noqa: D102
        return [self.get(key) for key in keys]

    def set(self, key: Any, value: Any, expires: Any = None) -> None:  # noqa: ARG002, D102
        self._values[_text(key)] = value

    def delete(self, key: Any) -> None:  # noqa: D102
        self._values.pop(_text(key), None)

    def incr(self, key: Any) -> int:  # noqa: D102
        self._values[_text(key)] = int(self._values.get(_text(key)) or 0) + 1
        return int(self._values[_text(key)])

    def expire(self, key: Any, value: Any) -> None:
        """Nothing lives longer than its test."""

    def wait_for(self, task_id: str, **_: Any) -> Any:
        """Let the worker run what is due, then give the result.

        Raises:
            celery.exceptions.TimeoutError: it is not there, and nothing is left that would make it.
        """
        self._work()
        meta = self.get_task_meta(task_id)
        if meta["status"] not in states.READY_STATES:
            raise CeleryTimeoutError(
                f"result {task_id} will not come: all that is due has run, its state is "
                f"{meta['status']}. {self.app.safe_bench.what_waits()}"
            )
        return meta

    def wait_in_place(self, task_id: str) -> None:
        """What ``await result`` asks, as :meth:`wait_for`."""
        self.wait_for(task_id)

    def get_many(self, task_ids: Any, *args: Any, **kwargs: Any) -> Any:
        """Results of a group."""
        self._work()
        for task_id in task_ids:
            self.wait_for(str(getattr(task_id, "id", task_id)))
        return super().get_many(task_ids, *args, **kwargs)

    def _work(self) -> None:
        self.app.safe_bench.work()


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)
