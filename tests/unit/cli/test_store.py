"""``celery-safe store``."""

from __future__ import annotations

from pathlib import Path

from support.shop import Shop


def test_init_makes_what_check_misses(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    missing = shop.command("store", "check", "-A", "proj", code=2).stderr
    assert "celery_safe_messages is missing: run `celery-safe store init`" in missing
    assert "is ready" in shop.command("store", "init", "-A", "proj").stdout
    assert "works: 0 messages, 0 bytes" in shop.command("store", "check", "-A", "proj").stdout


def test_clean_deletes_what_is_kept_for_long_enough(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.shelve("a1", "[[1], {}, {}]")
    with (tmp_path / "proj.py").open("a") as file:
        file.write('app.conf.safe_store_retention = {"dead": 0.001}\n')
    dry = shop.command("store", "clean", "-A", "proj", "--dry-run").stdout
    assert "dead: 1 messages older than 0.001 s would be deleted" in dry
    assert shop.store.count().messages == 1
    assert "dead: 1 messages" in shop.command("store", "clean", "-A", "proj").stdout
    assert shop.store.count().messages == 0
    with (tmp_path / "proj.py").open("a") as file:
        file.write('app.conf.safe_store_retention = {"ded": 1}\n')
    wrong = shop.command("store", "clean", "-A", "proj", code=2).stderr
    assert "did you mean 'dead'?" in wrong
