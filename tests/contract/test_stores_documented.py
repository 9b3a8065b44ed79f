"""Every message store stands in the docstring of its package."""

from __future__ import annotations

import re
from pathlib import Path

STORE = Path(__file__).resolve().parents[2] / "celery_safe/store"


def test_every_store_is_named() -> None:
    text = (STORE / "__init__.py").read_text(encoding="utf-8").split('"""')[1]
    named = set(re.findall(r"celery_safe\.store\.(\w+)\.", text))
    assert named == {p.stem for p in STORE.glob("*.py") if not p.stem.startswith("_")}
