"""The wire form of one message: everything that kombu needs to publish it again, byte for byte.

What a worker receives is no longer that: kombu has decompressed the body and left the
``compression`` header in place, and the transport has mixed facts of one delivery
(tag, redelivered, delivery counts) into headers and properties.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from celery.utils.time import maybe_iso8601
from kombu.compression import compress
from kombu.utils.json import dumps, loads

#: Properties of a message that go over the wire again; all others belong to one delivery.
#: ``type``, ``message_id``, ``app_id``, ``user_id``, ``timestamp`` are AMQP's and kept if set.
PROPERTIES = (
    "priority", "correlation_id", "reply_to", "delivery_mode", "expiration",
    "type", "message_id", "app_id", "user_id", "timestamp", "cluster_id",
)  # fmt: skip

#: Headers that brokers add to a delivery. They are not part of the message.
DELIVERY_HEADERS = frozenset(
    {"redelivered", "x-delivery-count", "x-acquired-count", "x-death", "x-first-death-exchange",
     "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange", "x-last-death-queue",
     "x-last-death-reason"}
)  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A message as it goes over the wire.

    ``body`` is compressed if ``headers["compression"]`` says so. ``properties["expiration"]`` is a
    string of milliseconds, as in AMQP. ``exchange`` and ``routing_key`` are where it is published;
    the anonymous exchange ``""`` with a queue's name reaches that queue alone.
    """

    body: bytes
    content_type: str
    content_encoding: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    exchange: str = ""
    routing_key: str = ""

    @property
    def task_id(self) -> str:
        """The task's id, or an empty text for a message that is no task."""
        return str(self.headers.get("id") or self.properties.get("correlation_id") or "")

    @property
    def task(self) -> str:
        """The task's name, or an empty text for a message that is no task."""
        return str(self.headers.get("task") or "")

    @property
    def expires_at(self) -> datetime | None:
        """The time after which the task is not to run; aware, in UTC where none is written."""
        text = self.headers.get("expires")
        if not text:
            return None
        moment: datetime = maybe_iso8601(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)

    @classmethod
    def from_delivery(cls, delivered: Any, queue: str) -> Message:
        """The message behind what a consumer received from ``queue``, addressed to that queue alone.

        Args:
            delivered: a :class:`kombu.message.Message`.
            queue: the queue that delivered it.

        Raises:
            ValueError: the body cannot be given back as bytes.
        """
        headers = {k: v for k, v in delivered.headers.items() if k not in DELIVERY_HEADERS}
        encoding = delivered.content_encoding or "utf-8"
        body = _as_bytes(delivered.body, encoding)
        compression = headers.get("compression")
        if compression and not delivered.errors:
            # kombu decompresses on receipt and leaves the header; the next reader would fail.
            body, headers["compression"] = compress(body, compression)
        properties = {
            k: delivered.properties[k]
            for k in PROPERTIES
            if delivered.properties.get(k) is not None
        }
        return cls(
            body, delivered.content_type or "", encoding, headers, properties, "", queue
        )  # fmt: skip

    def publish(self, producer: Any, **options: Any) -> Any:
        """Publish by a :class:`kombu.Producer`; nothing is serialised or compressed again.

        Args:
            producer: its channel decides about confirms.
            options: more for ``Producer.publish``: ``retry``, ``mandatory``, ``declare`` and so on.

        Raises whatever the broker raises.
        """
        properties = dict(self.properties)
        expiration = properties.pop("expiration", None)
        if expiration is not None:
            options["expiration"] = (int(expiration) + 0.5) / 1000  # kombu takes seconds, and cuts
        return producer.publish(
            self.body,
            exchange=self.exchange,
            routing_key=self.routing_key,
            content_type=self.content_type,
            content_encoding=self.content_encoding,
            headers=dict(self.headers),
            **{"retry": False, **properties, **options},
        )

    def meta(self) -> str:
        """Everything but body and address as JSON text, for a store's column."""
        return str(
            dumps(
                {
                    "content_type": self.content_type,
                    "content_encoding": self.content_encoding,
                    "headers": dict(self.headers),
                    "properties": dict(self.properties),
                }
            )
        )

    @classmethod
    def from_parts(cls, body: bytes, meta: str, exchange: str, routing_key: str) -> Message:
        """The message that a store kept as body, :meth:`meta` and address."""
        parts = read_json(meta)
        return cls(
            bytes(body),
            parts["content_type"],
            parts["content_encoding"],
            parts["headers"],
            parts["properties"],
            exchange,
            routing_key,
        )


_plain = json.JSONDecoder().decode


def read_json(text: str) -> Any:
    """As kombu reads JSON; without its call for each object where there is none of its types."""
    return loads(text) if '"__type__"' in text else _plain(text)


def _as_bytes(body: Any, encoding: str) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8" if encoding == "binary" else encoding)
    raise ValueError(f"the body of a message is {type(body).__name__}, not bytes")
