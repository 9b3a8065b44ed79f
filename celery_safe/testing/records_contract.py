"""What the records beside a message store must hold; part of the store's contract suite."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from celery_safe.store import MessageStore


def in_threads(*calls: Callable[[], object]) -> None:
    """Run all at once; what they raise is raised here."""
    with ThreadPoolExecutor(len(calls)) as pool:
        for future in [pool.submit(call) for call in calls]:
            future.result(60)


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds; a slow database on a busy machine takes its time."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


class RecordsContract:
    """Holds the :class:`~celery_safe.store.Records` of a store to their word."""

    @pytest.fixture
    def store(self) -> MessageStore:
        """An empty store."""
        raise NotImplementedError("give the suite an empty store")

    def test_records_are_read_in_order_by_prefix(self, store: MessageStore) -> None:
        records = store.records
        for key in ("b|1", "a|2", "a|1", "A|3", "a%", "é|1"):
            records.write("x", key, {"key": key, "deep": [1, None, "é"]})
        records.write("y", "a|9", {})
        assert [r.key for r in records.read("x", "a|")] == ["a|1", "a|2"]
        assert records.read("x", "a|")[0].value == {"key": "a|1", "deep": [1, None, "é"]}
        assert {r.key for r in records.read("x")} == {"b|1", "a|2", "a|1", "A|3", "a%", "é|1"}
        assert len(records.read("x", limit=2)) == 2
        assert [r.key for r in records.read("x", "é")] == ["é|1"]

    def test_a_record_is_overwritten_and_erased(self, store: MessageStore) -> None:
        records = store.records
        records.write("x", "a", {"n": 1})
        records.write("x", "a", {"n": 2})
        (record,) = records.read("x")
        assert record.value == {"n": 2}
        assert abs(record.written_at - store.now()) < 60
        records.erase("x", ["a", "not there"])
        records.erase("x", [])
        assert records.read("x") == []

    def test_a_record_expires(self, store: MessageStore) -> None:
        records = store.records
        records.write("x", "long", {}, ttl=600)
        assert [r.key for r in records.read("x")] == ["long"]
        records.write("x", "short", {}, ttl=0.2)
        until(lambda: [r.key for r in records.read("x")] == ["long"])
        records.sweep()
        assert [r.key for r in records.read("x")] == ["long"]

    def test_one_of_many_reserves(self, store: MessageStore) -> None:
        records = store.records
        records.reserve("x", "old", {}, ttl=0.1)
        until(lambda: records.read("x") == [])
        for key in ("new", "old"):
            got: list[bool] = []

            def reserve(key: str = key, got: list[bool] = got) -> None:
                got.append(records.reserve("x", key, {}, ttl=600))

            in_threads(*[reserve] * 8)
            assert sorted(got) == [False] * 7 + [True]
        assert not records.reserve("x", "new", {}, ttl=600)
