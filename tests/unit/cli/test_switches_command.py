"""``celery-safe switches`` when the store cannot be asked, and when a switch's time is up."""

from __future__ import annotations

import time
from pathlib import Path

from support.shop import Shop

from celery_safe.gate.switches import Switch, read, switch_off


def test_a_store_that_cannot_be_asked_is_no_empty_list(tmp_path: Path) -> None:
    done = Shop(tmp_path).command("switches", "-A", "proj", code=2)
    assert "could not ask: OperationalError" in done.stderr


def test_a_switch_ends_by_itself(tmp_path: Path) -> None:
    records = Shop(tmp_path).store.records
    switch_off(records, Switch("hold", "r", "eve", 100.0, until=100.2))
    assert len(read(records)) == 1
    time.sleep(0.3)
    assert read(records) == []
