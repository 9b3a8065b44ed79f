"""``safe_store_retention`` is read strictly."""

from __future__ import annotations

from typing import Any

import pytest

from celery_safe import SafeCelery
from celery_safe.errors import BadSetting
from celery_safe.retention import clean, parsed
from celery_safe.store.memory import MemoryStore
from celery_safe.testing.store_contract import new


def test_kinds_and_seconds() -> None:
    assert parsed({"dead": 60, "held": None}) == {"dead": 60.0}
    assert parsed({}) == parsed(None) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"ded": 60}, r"no kind 'ded'; did you mean 'dead'\?"),
        ({"x": 60}, "no kind 'x'; there are "),
        ({"dead": "60"}, "'dead' is kept for seconds or None, not for '60'"),
        ({"dead": True}, "not for True"),
        ({"dead": 0}, "not for 0"),
        (60, "60 is no mapping of kinds to seconds"),
    ],
)
def test_what_cannot_be_read_is_refused_when_the_store_is_asked_for(value: Any, text: str) -> None:
    app = SafeCelery("proj", set_as_current=False, store=MemoryStore())
    app.conf.safe_store_retention = value
    with pytest.raises(BadSetting, match=f"safe_store_retention: .*{text}"):
        _ = app.store


def test_cleaning_ends_after_the_limit() -> None:
    now = [1000.0]
    store = MemoryStore(clock=lambda: now[0])
    store.put([new(f"{n:04}", None, "dead") for n in range(700)])
    now[0] += 100
    assert clean(store, {"dead": 50}, limit=300) == {"dead": 400}
    assert clean(store, {"dead": 50}) == {"dead": 300}
    assert clean(store, {"dead": 50}) == {}
