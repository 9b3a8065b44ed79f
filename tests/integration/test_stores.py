"""The message stores keep their contract on real servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from support.bench import Servers

from celery_safe.store import Limits, MessageStore
from celery_safe.store.redis import RedisStore
from celery_safe.testing.store_contract import StoreContract

pytestmark = pytest.mark.broker


class TestRedisStore(StoreContract):
    @pytest.fixture
    def client(self, servers: Servers) -> Any:
        client = redis.Redis.from_url(servers("redis").url(7))
        client.flushdb()
        return client

    @pytest.fixture
    def store(self, client: Any) -> MessageStore:
        return RedisStore(client)

    @pytest.fixture
    def bounded(self, client: Any) -> Callable[[Limits], MessageStore]:
        def make(limits: Limits) -> MessageStore:
            client.flushdb()
            return RedisStore(client, limits=limits)

        return make


def test_client_that_decodes_is_refused(servers: Servers) -> None:
    client = redis.Redis.from_url(servers("redis").url(7), decode_responses=True)
    with pytest.raises(ValueError, match="without decode_responses"):
        RedisStore(client)
