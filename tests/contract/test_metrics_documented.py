"""Every metric has its line in the reference."""

from __future__ import annotations

import re
from pathlib import Path

from celery_safe.counting import COUNTERS

ROOT = Path(__file__).resolve().parents[2]


def test_every_counter_is_documented_with_its_labels() -> None:
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    for name, (_, labels) in COUNTERS.items():
        assert f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} |" in page


def test_every_metric_of_the_module_is_documented() -> None:
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    source = (ROOT / "celery_safe/metrics.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"(celery_safe_\w+)"', source))
    names |= {f"celery_safe_store_{n}" for n in re.findall(r'gauge\("(\w+)"', source)}
    assert len(names) >= 8
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
