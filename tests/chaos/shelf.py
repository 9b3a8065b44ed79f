"""The store of a run, and how to fill it; and what is left in the broker at a run's end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from celery import Celery

from celery_safe.store import Filter, MessageStore
from celery_safe.store.redis import RedisStore
from celery_safe.testing.local import Redis, Server, until

if TYPE_CHECKING:
    from stage import Stage


class Shelf:
    """A store on a database server of its own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.server: Server = {"redis": Redis}[kind](folder)

    def url(self) -> str:
        """For the processes of the run."""
        return self.server.url()

    def init(self) -> None:
        """Make its tables."""

    @property
    def messages(self) -> MessageStore:
        """The store as this process sees it."""
        return RedisStore(redis.Redis.from_url(self.url(), socket_timeout=5))

    def dead(self) -> dict[str, str]:
        """The reason of each dead letter, by task id."""
        found = self.messages.list(Filter(kinds=["dead"]), limit=10000)
        return {entry.message.task_id: entry.reason for entry in found}

    def kill(self) -> None:
        """SIGKILL."""
        self.server.kill()

    def start(self) -> None:
        """Start it again."""
        self.server.start()

    def fill(self, is_full: bool) -> None:
        """Refuse every write that needs room, or no longer: Redis's maxmemory without eviction."""
        client = redis.Redis.from_url(self.url())
        client.config_set("maxmemory", 1 if is_full else 0)


def left_in_broker(stage: Stage) -> int:
    """How many messages the broker still has, once every worker is dead."""
    stage.fleet.end()
    app = Celery("left", broker=stage.broker.url(), set_as_current=False)
    if stage.broker.url().startswith("redis"):
        client: Any = redis.Redis.from_url(stage.broker.url())
        lists = [key for key in client.scan_iter(match="*") if client.type(key) == b"list"]
        return sum(client.llen(key) for key in lists) + int(client.hlen("unacked"))
    counts: list[int] = []

    def settled() -> bool:
        with app.connection_for_read() as connection:
            declared = connection.default_channel.queue_declare(stage.queue, passive=True)
        counts.append(declared.message_count)
        time.sleep(0.3)
        return len(counts) > 3 and len(set(counts[-4:])) == 1

    until(settled, "the broker has taken back what dead workers held", 30)
    return counts[-1]
