"""``celery-safe why``."""

from __future__ import annotations

import json
from pathlib import Path

from support.shop import Shop


def test_all_that_is_known_is_joined(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.shelve("a1", "[[1], {}, {}]", reason="PoisonPill: it died")
    records = shop.store.records
    records.write("running", "task-a1|w1", {"task": "shop.charge"})
    records.write("worker", "w1", {"name": "celery@a", "host": "a", "pid": 1, "stopping": False})
    records.write("losses", "task-a1", {"losses": [{"at": 1.0, "how": "worker celery@b died"}]})
    found = json.loads(
        shop.command("why", "-A", "proj", "task-a1", "--output-format", "json").stdout
    )
    said = {fact["where"]: fact["what"] for fact in found if fact["known"]}
    assert said["shelf"].startswith("dead since ")
    assert "PoisonPill: it died" in said["shelf"]
    assert "on celery@a" in said["started"]
    assert said["lost"] == "1970-01-01 00:00:01Z: worker celery@b died"
    assert any(f["where"] == "workers" and not f["known"] for f in found)


def test_nothing_known_is_said_with_what_it_may_mean(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    assert shop.store.count().messages == 0
    done = shop.command("why", "-A", "proj", "nobody", code=1)
    assert "Nothing is known of it" in done.stderr


def test_what_could_not_be_asked_is_said(tmp_path: Path) -> None:
    done = Shop(tmp_path).command("why", "-A", "proj", "x", code=1)
    assert "shelf     could not be asked: OperationalError" in done.stdout
