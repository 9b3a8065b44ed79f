"""What every message store must hold, as a pytest suite: subclass it and give it a store.

::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            return MyStore(...)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from celery_safe import retention
from celery_safe.errors import StoreFull
from celery_safe.message import Message
from celery_safe.store import Filter, Kind, Limits, MessageStore, New
from celery_safe.testing.records_contract import RecordsContract, in_threads, until


def message(
    task: str = "shop.charge", task_id: str = "t1", body: bytes = b"[[1], {}, {}]"
) -> Message:
    """A message for tests."""
    return Message(
        body, "application/json", "utf-8",
        {"task": task, "id": task_id, "deep": {"list": [1, 1e22, None, "é\x00"]}},
        {"priority": 3, "correlation_id": task_id, "expiration": "1500"}, "", "orders",
    )  # fmt: skip


def new(entry_id: str, delay: float | None = 0.0, kind: Kind = "held", **more: Any) -> New:
    """An entry for tests."""
    made = message(**{k: more.pop(k) for k in ("task", "task_id", "body") if k in more})
    return New(made, kind, delay, id=entry_id, **more)


class StoreContract(RecordsContract):
    """Holds a :class:`~celery_safe.store.MessageStore` to its word.

    Leases and delays in here are real: the whole suite takes about two seconds.
    """

    @pytest.fixture
    def store(self) -> MessageStore:
        """An empty store."""
        raise NotImplementedError("give the suite an empty store")

    @pytest.fixture
    def bounded(self) -> Callable[[Limits], MessageStore]:
        """Makes an empty store with limits; leave it out if the store has none."""
        return pytest.skip("this store has no limits")

    def test_is_a_message_store(self, store: MessageStore) -> None:
        assert isinstance(store, MessageStore)

    def test_gives_back_what_was_put(self, store: MessageStore) -> None:
        body = bytes(range(256)) * 40
        before = store.now()
        put = new(
            "a", None, "dead", body=body, reason="because é", error="Traceback\n", details={"n": 1}
        )
        store.put([put])
        entry = store.get("a")
        assert entry is not None
        assert entry.message == put.message
        assert (entry.kind, entry.reason, entry.error, entry.details) == (
            "dead", "because é", "Traceback\n", {"n": 1},
        )  # fmt: skip
        assert (entry.due_at, entry.attempts, entry.owner, entry.lease_until) == (
            None,
            0,
            None,
            None,
        )
        assert before - 0.1 <= entry.created_at <= store.now() + 0.1
        assert store.get("b") is None

    def test_takes_texts_that_databases_refuse(self, store: MessageStore) -> None:
        wild = message(task="t" * 600, task_id="i" * 300)
        store.put([New(wild, "dead", 0, "NUL \0.", "surrogate \udcff.", {"n": "\0\udcff"}, "a")])
        entry = store.get("a")
        assert entry is not None
        assert entry.message == wild
        assert entry.reason.startswith("NUL ")
        assert entry.error.startswith("surrogate ")
        store.claim("me", 600, 1)
        assert store.release("me", ["a"], None, "both \0 \udcff") == {"a"}
        assert store.count(Filter(error="both")).messages == 1
        nul = message(task="t\0", task_id="i\0")
        store.put([New(nul, "held", None, id="b")])
        entry = store.get("b")
        assert entry is not None
        assert entry.message == nul

    def test_second_put_of_an_id_changes_nothing(self, store: MessageStore) -> None:
        store.put([new("a", reason="first")])
        store.put([new("b"), new("a", reason="second"), new("c"), new("c", reason="twice")])
        entries = {e.id: e.reason for e in store.list()}
        assert entries == {"a": "first", "b": "", "c": ""}

    def test_nothing_to_put_is_fine(self, store: MessageStore) -> None:
        store.put([])
        assert store.count().messages == 0

    def test_claims_what_is_due_longest_due_first(self, store: MessageStore) -> None:
        store.put([new("later", 60), new("never", None)])
        store.put([new("second", 0)])
        store.put([new("first", -5), new("other", -9, "eta")])
        claimed = store.claim("me", 600, 10, ["held"])
        assert [e.id for e in claimed] == ["first", "second"]
        assert {e.owner for e in claimed} == {"me"}
        assert all(e.lease_until and e.lease_until > store.now() + 300 for e in claimed)
        assert store.claim("you", 600, 10, ["held"]) == []
        assert [e.id for e in store.claim("you", 600, 10)] == ["other"]

    def test_claims_no_more_than_the_limit(self, store: MessageStore) -> None:
        store.put([new(str(n)) for n in range(5)])
        assert len(store.claim("me", 600, 2)) == 2
        assert len(store.claim("me", 600, 10)) == 3

    def test_a_backlog_of_one_kind_does_not_keep_another_waiting(self, store: MessageStore) -> None:
        store.put([new(f"a{n}", -1, "outbox") for n in range(5)])
        store.put([new("b", -9, "dead"), new("c", -5, "eta")])
        assert [e.id for e in store.claim("me", 600, 2)] == ["b", "c"]

    def test_two_owners_never_hold_one_entry(self, store: MessageStore) -> None:
        store.put([new(f"{n:03}") for n in range(120)])
        taken: list[str] = []

        def take(owner: str) -> None:
            while claimed := store.claim(owner, 600, 7):
                taken.extend(e.id for e in claimed)

        in_threads(*(functools.partial(take, f"owner{n}") for n in range(4)))
        # SKIP LOCKED may hide rows from the last search of an owner; they are free, not lost.
        taken.extend(e.id for e in store.claim("sweeper", 600, 200))
        assert sorted(taken) == [f"{n:03}" for n in range(120)]

    def test_putters_of_the_same_entries_do_not_disturb_each_other(
        self, store: MessageStore
    ) -> None:
        ids = [f"{n:02}" for n in range(30)]
        in_threads(
            *(
                functools.partial(lambda some: store.put([new(i) for i in some]), order)
                for order in (ids, ids[::-1], ids[10:], ids[20::-1])
            )
        )
        assert sorted(e.id for e in store.list()) == ids

    def test_of_many_who_end_an_entry_one_does(self, store: MessageStore) -> None:
        ids = [f"{n:02}" for n in range(30)]
        store.put([new(i) for i in ids])
        store.claim("me", 600, 30)
        store.put([new(f"free{i}") for i in ids])
        ended: list[str] = []
        free = [f"free{i}" for i in ids]
        in_threads(
            lambda: ended.extend(store.done("me", ids)),
            lambda: ended.extend(store.done("me", ids[::-1])),
            lambda: ended.extend(store.discard(free)),
            lambda: ended.extend(store.discard(free[::-1])),
        )
        assert sorted(ended) == sorted(ids + free)
        assert store.count().messages == 0

    def test_entry_of_a_dead_owner_is_due_again(self, store: MessageStore) -> None:
        store.put([new("a")])
        assert len(store.claim("dead", 0.2, 1)) == 1
        until(lambda: [e.owner for e in store.claim("heir", 600, 1)] == ["heir"])
        assert store.done("dead", ["a"]) == set()
        assert store.release("dead", ["a"], 0) == set()
        assert store.renew("dead", ["a"], 60) == set()
        assert store.done("heir", ["a"]) == {"a"}
        assert store.get("a") is None

    def test_owner_whose_lease_ran_out_holds_nothing(self, store: MessageStore) -> None:
        store.put([new("a")])
        (claimed,) = store.claim("me", 0.05, 1)
        until(lambda: store.now() > (claimed.lease_until or 0.0))
        assert store.done("me", ["a"]) == set()
        assert store.get("a") is not None

    def test_renewed_lease_holds(self, store: MessageStore) -> None:
        store.put([new("a")])
        (claimed,) = store.claim("me", 2, 1)
        if not store.renew("me", ["a", "unknown"], 600):
            # Two seconds have passed, on a machine this busy: then it is nobody's.
            assert store.now() > (claimed.lease_until or 0.0)
            return
        until(lambda: store.now() > (claimed.lease_until or 0.0))
        assert store.claim("you", 600, 1) == []

    def test_release_counts_an_attempt_and_waits(self, store: MessageStore) -> None:
        store.put([new("a"), new("b")])
        store.claim("me", 600, 2)
        assert store.release("me", ["a"], 600, "broker said no") == {"a"}
        assert store.release("me", ["b"], None) == {"b"}
        a, b = store.get("a"), store.get("b")
        assert a is not None
        assert b is not None
        assert (a.attempts, a.error, a.owner, a.lease_until) == (1, "broker said no", None, None)
        assert a.due_at is not None
        assert 500 < a.due_at - store.now() <= 601
        assert b.due_at is None
        assert store.claim("me", 600, 2) == []

    def test_upcoming_is_in_order_of_the_time(self, store: MessageStore) -> None:
        store.put([new("late", 500, "eta"), new("never", None, "eta"), new("other", 1)])
        store.put([new("soon", 100, "eta"), new("past", -10, "eta")])
        assert [e.id for e in store.upcoming("eta")] == ["past", "soon", "late"]
        assert [e.id for e in store.upcoming("eta", 1, 1)] == ["soon"]
        assert store.upcoming("dead") == []

    def test_due_is_the_next_time_to_look(self, store: MessageStore) -> None:
        assert store.due() is None
        store.put([new("never", None), new("soon", 1200), new("dead", 5, "dead")])
        due = store.due(["held"])
        assert due is not None
        assert 1100 < due - store.now() <= 1201
        store.put([new("now", 0)])
        due = store.due()
        assert due is not None
        assert due <= store.now() + 0.1
        store.claim("me", 600, 1)
        due = store.due(["held"])
        assert due is not None
        assert 500 < due - store.now() <= 601

    def test_filters_add_up(self, store: MessageStore) -> None:
        store.put(
            [new("a1", None, "dead", task="shop.send_mail", task_id="T_1%", reason="100% bad")]
        )
        store.put(
            [new("a2", None, "dead", task="shop.Send_mail", task_id="x2", error="KeyError: [x]")]
        )
        store.put([new("b3", None, "held", task="shop.sendXmail", task_id="x3")])

        def ids(**conditions: Any) -> list[str]:
            return [e.id for e in store.list(Filter(**conditions))]

        assert ids() == ["a1", "a2", "b3"]
        assert ids(kinds=["dead"]) == ["a1", "a2"]
        assert ids(task="shop.send_mail") == ["a1"]
        assert ids(task="shop.send*") == ["a1", "b3"]
        assert ids(task="shop.send?mail", kinds=["held"]) == ["b3"]
        assert ids(id_prefix="a") == ["a1", "a2"]
        assert ids(id_prefix="T_1%") == ["a1"]
        assert ids(id_prefix="x") == ["a2", "b3"]
        assert ids(queue="orders") == ["a1", "a2", "b3"]
        assert ids(queue="mail") == []
        assert ids(reason="0% b") == ["a1"]
        assert ids(reason="0%b") == []
        assert ids(error="KeyError: [x]") == ["a2"]
        assert ids(error="x") == ["a2"]
        assert ids(since=store.now() + 60) == []
        assert ids(until=store.now() + 60) == ["a1", "a2", "b3"]

    def test_pages_and_counts(self, store: MessageStore) -> None:
        for n in range(5):
            store.put([new(str(n), body=b"x" * (n + 1))])
        assert [e.id for e in store.list(limit=2, offset=2)] == ["2", "3"]
        count = store.count()
        assert (count.messages, count.bytes) == (5, 15)
        assert store.count(Filter(id_prefix="4")).bytes == 5

    def test_replace_keeps_the_place_and_spares_the_claimed(self, store: MessageStore) -> None:
        store.put([new("a", reason="old"), new("b")])
        assert store.replace("a", new("a", None, "dead", reason="new"))
        entry = store.get("a")
        assert entry is not None
        assert (entry.kind, entry.reason, entry.due_at) == ("dead", "new", None)
        store.claim("me", 600, 1)
        assert not store.replace("b", new("b"))
        assert not store.replace("gone", new("gone"))

    def test_discard_spares_the_claimed(self, store: MessageStore) -> None:
        store.put([new("a"), new("b", 60)])
        store.claim("me", 600, 1)
        assert store.discard(["a", "b", "gone"]) == {"b"}
        assert store.count().messages == 1

    def test_what_is_kept_for_long_enough_is_deleted_by_kind(self, store: MessageStore) -> None:
        store.put(
            [new("dead", None, "dead"), new("held"), new("eta", -1, "eta"), new("out", 0, "outbox")]
        )
        store.claim("me", 600, 1, ["eta"])
        until(lambda: retention.expired(store, {"dead": 0.2}) == {"dead": 1})
        kept: dict[Kind, float] = {"dead": 0.2, "eta": 0.2, "outbox": 600}
        assert retention.clean(store, kept) == {"dead": 1}
        assert {e.id for e in store.list()} == {"held", "eta", "out"}

    def test_full_store_says_so_and_writes_nothing(
        self, bounded: Callable[[Limits], MessageStore]
    ) -> None:
        store = bounded(Limits(max_messages=2))
        store.put([new("a")])
        with pytest.raises(StoreFull, match="hold 3 messages, more than its limit of 2"):
            store.put([new("b"), new("c")])
        assert store.count().messages == 1
        store.put([new("a"), new("b")])
        small = bounded(Limits(max_bytes=10))
        with pytest.raises(StoreFull, match="hold 11 bytes"):
            small.put([new("big", body=b"x" * 11)])
