"""The shop's app on the broker of one test, its books and its effects in the test's folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from shop.app import app

from celery_safe import SafeCelery
from celery_safe.testing.bench import Bench


@pytest.fixture
def safe_app(
    safe_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SafeCelery]:
    """A project of its own would write `celery_safe_app = "shop.app:app"` into its settings instead."""
    monkeypatch.setenv("SHOP_EFFECTS", str(tmp_path / "effects.log"))
    monkeypatch.setenv("SHOP_LEDGER", str(tmp_path / "ledger.db"))
    with safe_bench.attached(app):
        yield app
