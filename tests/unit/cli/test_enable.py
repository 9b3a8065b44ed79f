"""``celery-safe enable`` of what an older command has written."""

from __future__ import annotations

from pathlib import Path

from support.shop import Shop

from celery_safe.gate.switches import Switch, read, switch_off


def test_all_switches_of_one_pattern_go(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    records = shop.store.records
    for queue in ("a", "b"):
        switch_off(records, Switch("hold", "r", "eve", 1.0, task="x", queue=queue))
    assert len(read(records)) == 2
    assert shop.command("enable", "-A", "proj", "x").stdout == (
        "x queue=a is enabled\nx queue=b is enabled\n"
    )
    assert read(records) == []
