"""Brings a batch of messages to the broker, and says of each whether the broker has it.

One way for each kind of broker: RabbitMQ by pipelined confirms, Redis by one transaction, all others
one by one.

Touches private parts: ``Channel._basic_publish`` and ``_confirm_selected`` (``amqp/channel.py``),
``_write`` of a transport (``amqp/transport.py``) and ``Channel.conn_or_acquire`` (``kombu/transport/redis.py``); tests/unit/outbox/test_relay_seams.py
fails when they move.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from celery.utils.log import get_logger
from kombu.messaging import Producer

from celery_safe.message import Message
from celery_safe.relay.declaring import Declarer, nowhere
from celery_safe.store import Entry

logger = get_logger(__name__)

#: Seconds in which a broker has to confirm a batch.
PATIENCE = 10.0
#: Bytes that are written at once.
GATHERED = 65536


@dataclass
class Outcome:
    """What became of a batch."""

    #: The broker has confirmed them.
    sent: list[str] = field(default_factory=list)
    #: Why a message itself could not be published, by the entry's id.
    failed: dict[str, str] = field(default_factory=dict)
    #: Why the broker could not be asked; what is in neither of the two may or may not be there.
    outage: BaseException | None = None


class Publisher:
    """A connection of its own to an app's broker, made when it is first needed.

    Args:
        app: whose broker.
        patience: seconds to wait for a confirm.
    """

    def __init__(self, app: Any, patience: float | None = None) -> None:
        self.app = app
        self.patience = patience or app.conf.get("safe_confirm_timeout") or PATIENCE
        self._connection: Any = None
        self._producer: Any = None
        self._declarer: Any = None

    def ready(self) -> None:
        """Connect. Raises what the broker's driver raises."""
        if self._connection is not None and self._connection.connected:
            return
        self.close()
        connection = self.app.connection_for_write()
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=self.patience)
        self._connection = connection
        self._open_channel()

    def _open_channel(self) -> None:
        channel = self._connection.channel()
        if self._is_amqp():
            # Not by the transport option: it waits for each message.
            channel._confirm_selected = True
            channel.confirm_select()
        self._producer = Producer(channel, auto_declare=False)
        self._declarer = self._declarer or Declarer(self.app, self._connection)

    def close(self) -> None:
        """Let the connection go, alive or dead."""
        connection, self._connection, self._declarer = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(*_errors(connection)):
                connection.release()

    def _is_amqp(self) -> bool:
        return str(self._connection.transport.driver_name) == "py-amqp"

    def publish(self, entries: Sequence[Entry]) -> Outcome:
        """Publish; nothing is raised that is the broker's or the message's fault."""
        outcome = Outcome()
        try:
            self.ready()
            entries = list(self._declared(entries, outcome))
            if self._is_amqp():
                self._publish_amqp(entries, outcome)
            elif self._connection.transport.driver_type == "redis":
                self._publish_redis(entries, outcome)
            else:
                self._one_by_one(entries, outcome)
        except Exception as error:  # noqa: BLE001 (of any broker's driver; the relay says it)
            outcome.outage = error
            self.close()
        return outcome

    def _declared(self, entries: Iterable[Entry], outcome: Outcome) -> Iterator[Entry]:
        """Those with an address that leads somewhere, as far as that can be told beforehand."""
        for entry in entries:
            self._declarer.declare(entry)
            problem = self._declarer.refusal(entry.message)
            if problem:
                outcome.failed[entry.id] = problem
                self._declarer.forget()
            else:
                yield entry

    def _one_by_one(self, entries: Iterable[Entry], outcome: Outcome) -> None:
        outages = _outages(self._connection)
        for entry in entries:
            try:
                entry.message.publish(self._producer, confirm_timeout=self.patience)
            except outages:
                raise
            except Exception as error:  # noqa: BLE001 (whatever this message does to the driver)
                outcome.failed[entry.id] = f"{type(error).__name__}: {error}"
            else:
                outcome.sent.append(entry.id)

    # Redis

    def _publish_redis(self, entries: Sequence[Entry], outcome: Outcome) -> None:
        # A named exchange is looked up in Redis: that cannot wait for the pipeline's end.
        self._one_by_one([e for e in entries if e.message.exchange], outcome)
        piped = []
        channel = self._producer.channel
        with (
            channel.conn_or_acquire() as client,
            client.pipeline(transaction=True) as pipe,
            _redirected(channel, pipe),
        ):
            for entry in entries:
                if entry.message.exchange:
                    continue
                try:
                    # As its producer does, without what that does for bodies yet to be serialised.
                    prepared = _prepared(channel, entry.message)
                    channel.basic_publish(prepared, "", entry.message.routing_key)
                except Exception as error:  # noqa: BLE001 (nothing was sent: this message's own)
                    outcome.failed[entry.id] = f"{type(error).__name__}: {error}"
                else:
                    piped.append(entry.id)
            if piped:
                pipe.execute()
        outcome.sent += piped

    # RabbitMQ

    def _publish_amqp(self, entries: Sequence[Entry], outcome: Outcome) -> None:
        alone = [entry for entry in entries if entry.attempts]
        together = [entry for entry in entries if not entry.attempts]
        try:
            self._pipelined(together, outcome)
        except self._connection.channel_errors:
            # One of them closed the channel, which says nothing of the others.
            self._open_channel()
            over = {*outcome.sent, *outcome.failed}
            alone += [entry for entry in together if entry.id not in over]
        for entry in alone:
            try:
                self._pipelined([entry], outcome)
            except self._connection.channel_errors as error:
                outcome.failed[entry.id] = f"{type(error).__name__}: {error}"
                self._open_channel()

    def _pipelined(self, entries: Sequence[Entry], outcome: Outcome) -> None:
        """Publish all, then wait once."""
        confirms = _Confirms(self._producer.channel)
        try:
            with _gathered(self._connection.connection.transport, self.patience):
                for entry in entries:
                    confirms.expect(entry)
                    self._publish_unconfirmed(entry)
            confirms.wait(self._connection, self.patience)
        finally:
            confirms.close()
            for entry, problem in confirms.known:
                if problem:
                    outcome.failed[entry.id] = problem
                    self._declarer.forget()
                else:
                    outcome.sent.append(entry.id)

    def _publish_unconfirmed(self, entry: Entry) -> None:
        message, channel = entry.message, self._producer.channel
        channel._basic_publish(
            _prepared(channel, message), exchange=message.exchange, routing_key=message.routing_key,
            mandatory=self._declarer.must_arrive(message),
        )  # fmt: skip


def _prepared(channel: Any, message: Message) -> Any:
    properties = dict(message.properties)
    return channel.prepare_message(
        message.body, properties.pop("priority", None), message.content_type,
        message.content_encoding, dict(message.headers), properties,
    )  # fmt: skip


class _Confirms:
    """What RabbitMQ says of the messages that are published on a channel."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.unknown: dict[int, Entry] = {}
        self.known: list[tuple[Entry, str]] = []
        self._returned: dict[tuple[str, str, str], str] = {}
        # Tags count from 1 on each channel; ours go on where the last batch ended.
        self._tag = getattr(self.channel, "safe_tag", 0)
        for name in ("ack", "nack", "return"):
            self.channel.events[f"basic_{name}"].add(getattr(self, f"_on_{name}"))

    def expect(self, entry: Entry) -> None:
        self._tag += 1
        self.channel.safe_tag = self._tag
        self.unknown[self._tag] = entry

    def wait(self, connection: Any, patience: float) -> None:
        end = time.monotonic() + patience
        while self.unknown:
            left = end - time.monotonic()
            if left <= 0:
                raise ConnectionError(
                    f"RabbitMQ did not confirm {len(self.unknown)} messages in {patience:g} s"
                )
            with contextlib.suppress(socket.timeout):
                connection.drain_events(timeout=left)

    def close(self) -> None:
        for name in ("ack", "nack", "return"):
            self.channel.events[f"basic_{name}"].discard(getattr(self, f"_on_{name}"))

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._decide(tag, multiple, "")

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._decide(tag, multiple, "the broker refused it (nack): is the queue full?")

    def _decide(self, tag: int, multiple: bool, problem: str) -> None:
        tags = [t for t in self.unknown if t <= tag] if multiple else [tag]
        for one in tags:
            entry = self.unknown.pop(one, None)
            if entry is not None:
                returned = self._returned.get(_address(entry.message))
                self.known.append((entry, problem or returned or ""))

    def _on_return(self, error: Any, exchange: str, routing_key: str, message: Any) -> None:
        headers = message.properties.get("application_headers") or {}
        self._returned[exchange, routing_key, str(headers.get("id") or "")] = (
            f"{nowhere(exchange, routing_key)} ({error.reply_text})"
        )


def _address(message: Any) -> tuple[str, str, str]:
    return message.exchange, message.routing_key, str(message.headers.get("id") or "")


@contextmanager
def _gathered(transport: Any, patience: float) -> Iterator[None]:
    """What is written to RabbitMQ goes out in large pieces: a system call for each message is slow."""
    write, own, pieces = transport._write, vars(transport).get("_write"), bytearray()

    def flush() -> None:
        with transport.having_timeout(patience):
            write(bytes(pieces))
        pieces.clear()

    def gather(data: Any) -> None:
        pieces.extend(data)
        if len(pieces) >= GATHERED:
            flush()

    transport._write = gather
    try:
        yield
        flush()
    finally:
        if own is None:
            del transport._write
        else:
            transport._write = own


@contextmanager
def _redirected(channel: Any, pipe: Any) -> Iterator[None]:
    """What ``channel`` puts goes into ``pipe``."""
    channel.conn_or_acquire = lambda _client=None: nullcontext(pipe)
    try:
        yield
    finally:
        del channel.conn_or_acquire


def _outages(connection: Any) -> tuple[type[BaseException], ...]:
    """Errors that say nothing of the message."""
    return (OSError, *connection.connection_errors, *connection.recoverable_connection_errors)


def _errors(connection: Any) -> tuple[type[BaseException], ...]:
    return (*_outages(connection), *connection.channel_errors)
