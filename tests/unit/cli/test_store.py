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
