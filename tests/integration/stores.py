"""The stores that the workers of the tests use, chosen by the environment."""

from __future__ import annotations

import os
from typing import Any


def make(url: str = "") -> Any:
    """The store of ``STORE``: a URL of Redis, or of a database."""
    url = url or os.environ["STORE"]
    if url.startswith("redis:"):
        import redis

        from celery_safe.store.redis import RedisStore

        return RedisStore(redis.Redis.from_url(url, socket_timeout=5), prefix=os.environ["QUEUE"])
    from sqlalchemy import create_engine

    from celery_safe.store.sqlalchemy import SQLAlchemyStore

    store = SQLAlchemyStore(create_engine(url))
    store.init()
    return store
