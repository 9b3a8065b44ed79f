"""What a crontab means is what the installed Celery makes of it."""

from __future__ import annotations

import ast

import pytest
from celery.schedules import crontab
from hypothesis import given, settings
from hypothesis import strategies as st

from lint_rules._engine.crontabs import FIELDS, Impossible, values

PART = st.from_regex(
    r"(\*|\d{1,2}|\d{1,2}-\d{1,2}|mon|sunday|jan|may-dec|fri-mon)(/\d{0,2})?", fullmatch=True
)
TEXT = st.lists(PART, min_size=0, max_size=3).map(",".join)


@settings(max_examples=150, deadline=None)
@given(
    field=st.sampled_from([*FIELDS]), value=TEXT | st.integers(-2, 62) | st.sets(st.integers(0, 33))
)
def test_values_are_celerys(field: str, value: str | int | set[int]) -> None:
    text = ast.parse(repr(value) if value != set() else "[]", mode="eval").body
    try:
        theirs = getattr(crontab(**{field: value}), field)
    except Exception:  # ParseException, ValueError, an empty month
        if value == set():
            return
        with pytest.raises(Impossible):
            values(field, text)
    else:
        assert values(field, text) == theirs
