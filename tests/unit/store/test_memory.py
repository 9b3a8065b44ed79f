"""The memory store keeps the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from celery_safe.store import Limits, MessageStore
from celery_safe.store.memory import MemoryStore
from celery_safe.testing.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MessageStore:
        return MemoryStore()

    @pytest.fixture
    def bounded(self) -> Callable[[Limits], MessageStore]:
        return lambda limits: MemoryStore(limits=limits)
