"""The worker that releases also deletes what ``safe_store_retention`` keeps no longer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from celery_safe import SafeCelery
from celery_safe.gate.releasing import Releaser
from celery_safe.store.memory import MemoryStore
from celery_safe.testing.store_contract import new


def test_old_dead_letters_are_deleted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    store = MemoryStore(clock=lambda: now[0])
    app = SafeCelery("proj", broker="memory://", set_as_current=False, store=store)
    app.conf.safe_store_retention = {"dead": 60}
    store.put([new("old", None, "dead"), new("kept", None, "eta")])
    now[0] += 61
    store.put([new("fresh", None, "dead")])
    gate = SimpleNamespace(
        app=app, store=store, records=store.records, worker="w1", switches=[], is_stopping=False,
        conf=app.conf.get,
    )  # fmt: skip
    releaser = Releaser(gate)
    store.records.write("lock", "release", {"worker": "another"})
    releaser.step()
    assert [e.id for e in store.list()] == ["kept", "old", "fresh"], "it was another's turn"
    store.records.erase("lock", ["release"])
    releaser.step()
    assert [e.id for e in store.list()] == ["kept", "fresh"]
    assert "1 dead messages deleted from the shelf" in caplog.text
