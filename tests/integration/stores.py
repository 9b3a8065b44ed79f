"""The stores that the workers of the tests use, chosen by the environment."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from typing import Any


def make(url: str = "") -> Any:
    """The store of ``STORE``: a URL of Redis, or of a database."""
    url = url or os.environ["STORE"]
    if url.startswith("redis:"):
        import redis

        from celery_safe.store import Limits
        from celery_safe.store.redis import RedisStore

        class SlowDone(RedisStore):
            """A network that is slow just where a fast worker hurts."""

            def done(self, owner: str, ids: Collection[str]) -> set[str]:
                time.sleep(float(os.environ["STORE_SLOW_DONE"]))
                return super().done(owner, ids)

        limit = os.environ.get("STORE_LIMIT")
        cls = SlowDone if os.environ.get("STORE_SLOW_DONE") else RedisStore
        return cls(
            redis.Redis.from_url(url, socket_timeout=5),
            prefix=os.environ["QUEUE"],
            limits=Limits(int(limit) if limit else None),
        )
    from sqlalchemy import create_engine

    from celery_safe.store.sqlalchemy import SQLAlchemyStore

    store = SQLAlchemyStore(create_engine(url))
    store.init()
    return store
