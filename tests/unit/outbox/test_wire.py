"""What goes into the outbox comes out as Celery would have sent it, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.shapes import SHAPES
from support.wire import both_ways, made_app

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_is_the_same_on_the_wire(shape: str) -> None:
    direct, before, after = both_ways(made_app(), shape)
    assert before == [], "something went to the broker before the commit"
    assert len(direct) >= 1
    assert after == direct


def test_there_are_enough_shapes_and_the_docs_have_them_all() -> None:
    assert len(SHAPES) >= 45
    page = (ROOT / "docs/reference/outbox-calls.md").read_text(encoding="utf-8")
    for shape in SHAPES:
        assert f"| {shape} |" in page, "run scripts/outbox_calls.py"
