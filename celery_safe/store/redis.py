"""A store in Redis 5 or newer. As durable as that Redis: without AOF, a crash loses the last seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kombu.utils.json import dumps, loads

from celery_safe.errors import StoreFull
from celery_safe.message import Message
from celery_safe.store import (
    EVERYTHING,
    KINDS,
    NO_LIMITS,
    Count,
    Entry,
    Filter,
    Kind,
    Limits,
    New,
    fits,
)
from celery_safe.store import _scripts as scripts
from celery_safe.store._redis_records import RedisRecords
from celery_safe.store._rows import fit

_PAGE = 500


class RedisStore:
    """Keeps messages in one Redis.

    Args:
        client: a :class:`redis.Redis` that gives bytes (``decode_responses=False``, its default).
        prefix: of all keys; it is a hash tag, so that a cluster keeps them together.
        limits: what it may hold.

    :meth:`list` and :meth:`count` with a filter other than by kind read every message's fields.
    """

    def __init__(
        self, client: Any, prefix: str = "celery-safe", limits: Limits = NO_LIMITS
    ) -> None:
        if client.get_connection_kwargs().get("decode_responses"):
            raise ValueError("RedisStore needs a client without decode_responses: bodies are bytes")
        self._redis = client
        self._prefix = f"{{{prefix}}}"
        self.limits = limits
        self._scripts: dict[str, Any] = {}
        self.records = RedisRecords(client, self._prefix)

    def _run(self, script: str, *args: Any) -> Any:
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        return self._scripts[script](keys=[self._prefix], args=args)

    def _ids(self, script: str, *args: Any) -> set[str]:
        return {i.decode() for i in self._run(script, *args)}

    def now(self) -> float:
        """See :meth:`MessageStore.now`."""
        seconds, micros = self._redis.time()
        return float(seconds + micros / 1e6)

    def put(self, entries: Sequence[New]) -> None:
        """See :meth:`MessageStore.put`."""
        limits = self.limits
        args: list[Any] = [_text(limits.max_messages), _text(limits.max_bytes)]
        for new in entries:
            fields = _fields(new)
            args += [new.id, len(new.message.body), len(fields), *fields]
        full = self._run(scripts.PUT, *args)
        if full:
            unit = full[0].decode()
            StoreFull.check(
                limits.max_messages if unit == "messages" else limits.max_bytes, int(full[1]), unit
            )

    def due(self, kinds: Collection[Kind] = KINDS) -> float | None:
        """See :meth:`MessageStore.due`."""
        pipe = self._redis.pipeline(transaction=False)
        for kind in kinds:
            pipe.zrange(f"{self._prefix}:due:{kind}", 0, 0, withscores=True)
        return min((float(found[0][1]) for found in pipe.execute() if found), default=None)

    def claim(
        self, owner: str, lease: float, limit: int, kinds: Collection[Kind] = KINDS
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.claim`."""
        ids = [i.decode() for i in self._run(scripts.CLAIM, owner, lease, limit, *kinds)]
        return [entry for entry in self._load(ids) if entry is not None and entry.owner == owner]

    def renew(self, owner: str, ids: Collection[str], lease: float) -> set[str]:
        """See :meth:`MessageStore.renew`."""
        return self._ids(scripts.RENEW, owner, lease, *ids)

    def done(self, owner: str, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.done`."""
        return self._ids(scripts.DONE, owner, *ids)

    def release(
        self, owner: str, ids: Collection[str], delay: float | None, error: str = ""
    ) -> set[str]:
        """See :meth:`MessageStore.release`."""
        return self._ids(scripts.RELEASE, owner, _text(delay), fit(error), *ids)

    def get(self, entry_id: str) -> Entry | None:
        """See :meth:`MessageStore.get`."""
        return self._load([entry_id])[0]

    def _load(self, ids: Sequence[str]) -> list[Entry | None]:
        pipe = self._redis.pipeline(transaction=False)
        for i in ids:
            pipe.hgetall(f"{self._prefix}:m:{i}")
        return [
            _entry(i, found) if found else None
            for i, found in zip(ids, pipe.execute(), strict=True)
        ]

    def _matching(self, where: Filter) -> Iterator[Entry]:
        start = 0
        first = "-inf" if where.since is None else where.since
        last = "+inf" if where.until is None else f"({where.until}"
        while page := self._redis.zrangebyscore(f"{self._prefix}:all", first, last, start, _PAGE):
            start += _PAGE
            for entry in self._load([i.decode() for i in page]):
                if entry is not None and fits(entry, where):
                    yield entry

    def list(
        self, where: Filter = EVERYTHING, limit: int = 100, offset: int = 0
    ) -> Sequence[Entry]:
        """See :meth:`MessageStore.list`."""
        found: list[Entry] = []
        for n, entry in enumerate(self._matching(where)):
            if n >= offset + limit:
                break
            if n >= offset:
                found.append(entry)
        return found

    def upcoming(self, kind: Kind, limit: int = 100, offset: int = 0) -> Sequence[Entry]:
        """See :meth:`MessageStore.upcoming`; what is claimed stands where its lease ends."""
        ids = self._redis.zrange(f"{self._prefix}:due:{kind}", offset, offset + limit - 1)
        return [entry for entry in self._load([i.decode() for i in ids]) if entry is not None]

    def count(self, where: Filter = EVERYTHING) -> Count:
        """See :meth:`MessageStore.count`."""
        if where == EVERYTHING:
            total = self._redis.get(f"{self._prefix}:bytes")
            return Count(int(self._redis.zcard(f"{self._prefix}:all")), int(total or 0))
        sizes = [len(entry.message.body) for entry in self._matching(where)]
        return Count(len(sizes), sum(sizes))

    def replace(self, entry_id: str, new: New) -> bool:
        """See :meth:`MessageStore.replace`."""
        return bool(self._run(scripts.REPLACE, entry_id, new.id, *_fields(new)))

    def discard(self, ids: Collection[str]) -> set[str]:
        """See :meth:`MessageStore.discard`."""
        return self._ids(scripts.DISCARD, *ids)


def _text(value: float | None) -> str:
    return "" if value is None else str(value)


def _fields(new: New) -> list[Any]:
    message = new.message
    return [
        "kind", new.kind, "delay", _text(new.delay), "attempts", 0, "size", len(message.body),
        "exchange", message.exchange, "routing_key", message.routing_key,
        "reason", fit(new.reason), "error", fit(new.error), "details", dumps(dict(new.details)),
        "meta", message.meta(), "body", message.body,
    ]  # fmt: skip


def _entry(entry_id: str, found: dict[bytes, bytes]) -> Entry:
    def text(name: str) -> str:
        return found.get(name.encode(), b"").decode()

    def number(name: str) -> float | None:
        value = text(name)
        return float(value) if value else None

    kind: Any = text("kind")
    return Entry(
        entry_id, kind,
        Message.from_parts(found[b"body"], text("meta"), text("exchange"), text("routing_key")),
        text("reason"), text("error"), loads(text("details")), float(text("created_at")),
        number("due_at"), int(text("attempts")), text("owner") or None, number("lease_until"),
    )  # fmt: skip
