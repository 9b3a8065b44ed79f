"""The store of a run, and how to fill it; and what is left in the broker at a run's end."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from celery import Celery
from sqlalchemy import create_engine, text

from celery_safe.store import Entry, Filter, MessageStore
from celery_safe.store.redis import RedisStore
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.local import Postgres, Redis, Server

if TYPE_CHECKING:
    from stage import Stage


class Shelf:
    """A store on a database server of its own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.server: Server = {"redis": Redis, "postgres": Postgres}[kind](folder)

    def url(self) -> str:
        """For the processes of the run."""
        return self.server.url()

    def init(self) -> None:
        """Make its tables."""
        if isinstance(self.messages, SQLAlchemyStore):
            self.messages.init()

    @cached_property
    def messages(self) -> MessageStore:
        """The store as this process sees it."""
        if self.kind == "redis":
            return RedisStore(redis.Redis.from_url(self.url(), socket_timeout=5))
        return SQLAlchemyStore(create_engine(self.url(), pool_pre_ping=True))

    def dead(self) -> dict[str, Entry]:
        """The dead letters, by task id; a store that is away is asked again."""
        for _ in range(10):
            try:
                found = self.messages.list(Filter(kinds=["dead"]), limit=100000)
            except Exception:  # of any driver; the last error is raised
                time.sleep(1)
            else:
                return {entry.message.task_id: entry for entry in found}
        raise TimeoutError("the store cannot be asked about dead letters")

    def kill(self) -> None:
        """SIGKILL."""
        self.server.kill()

    def start(self) -> None:
        """Start it again."""
        self.server.start()

    def fill(self, is_full: bool) -> None:
        """Refuse every write, or no longer.

        Redis by its maxmemory without eviction; PostgreSQL, whose disk is everybody's, by being read-only.
        """
        if self.kind == "redis":
            redis.Redis.from_url(self.url()).config_set("maxmemory", 1 if is_full else 0)
            return
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            how = "on" if is_full else "off"
            connection.execute(text(f"ALTER SYSTEM SET default_transaction_read_only = {how}"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()


def note_keys(stage: Stage) -> None:
    """Write down what Redis holds, for whoever asks why a run has stopped."""
    client: Any = redis.Redis.from_url(stage.broker.url(), decode_responses=True)
    with (stage.folder / "keys").open("w") as file:
        for key in sorted(client.scan_iter(match="*")):
            read = {
                "list": lambda k: client.lrange(k, 0, -1), "hash": client.hgetall,
                "set": client.smembers, "zset": lambda k: client.zrange(k, 0, -1, withscores=True),
            }.get(client.type(key), client.get)  # fmt: skip
            print(key, read(key), file=file)
        print("now", client.time(), file=file)


def left(stage: Stage) -> set[str]:
    """The innocents whose messages are still in the broker or on the shelf, once every worker is dead."""
    if stage.broker.url().startswith("redis"):
        note_keys(stage)
    stage.fleet.end()
    waiting = stage.store.messages.list(Filter(kinds=["outbox", "held", "eta"]), limit=100000)
    found = {_word(entry.message.headers) for entry in waiting}
    if stage.broker.url().startswith("redis"):
        return found | {_word(headers) for headers in _left_in_redis(stage.broker.url())}
    return found | {_word(headers) for headers in _left_in_rabbitmq(stage)}


def _word(headers: Mapping[str, Any]) -> str:
    """The word by which the call was sent; see ``chaos_app.signature``."""
    return str(ast.literal_eval(headers["argsrepr"])[0])


def _left_in_redis(url: str) -> Iterator[Mapping[str, Any]]:
    """Of what is queued, in transit, or being worked on."""
    client: Any = redis.Redis.from_url(url)
    for key in client.scan_iter(match="*"):
        if client.type(key) == b"list":
            yield from (json.loads(raw)["headers"] for raw in client.lrange(key, 0, -1))
    yield from (json.loads(raw)[0]["headers"] for raw in client.hgetall("unacked").values())


def _left_in_rabbitmq(stage: Stage) -> Iterator[Mapping[str, Any]]:
    """Taken off the queue, until nothing has come for two seconds: what dead workers held comes back."""
    app = Celery("left", broker=stage.broker.url(), set_as_current=False)
    with app.connection_for_read() as connection:
        last = time.monotonic()
        while time.monotonic() < last + 2:
            message = connection.default_channel.basic_get(stage.queue, no_ack=True)
            if message is None:
                time.sleep(0.05)
                continue
            last = time.monotonic()
            yield message.headers or message.properties["application_headers"]
