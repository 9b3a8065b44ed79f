"""Annotated arguments at the two levels: what ran on plain Celery runs on, and strict refuses it."""

from __future__ import annotations

import warnings
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from kombu.utils.json import dumps, loads
from pydantic import TypeAdapter, ValidationError

from celery_safe import ArgumentError, ArgumentWarning, SafeCelery


class Colour(str, Enum):
    RED = "red"


#: What plain Celery carries, to a parameter that says otherwise, or says the same in other words.
LOOSE: list[tuple[Any, Any]] = [
    (UUID, "nope"), (UUID, str(UUID(int=7))), (UUID | None, 7), (list[UUID], ["a", str(UUID(int=7))]),
    (date, datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)), (date, "2026-01-02"), (datetime, "soon"),
    (Decimal, 1.5), (Decimal, "x"), (Colour, "blue"), (list[Colour], ["blue", "red"]),
    (tuple[str, str], ["a", "b", "c"]), (tuple[int, int], ["1", "2"]), (set[int], ["1", "2"]), (set[int], "12"),
    (dict[int, str], {"a": "b"}), (dict[str, UUID], {"a": "b"}),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "value"), LOOSE, ids=str)
def test_what_ran_on_plain_celery_runs_and_gets_the_same(hint: Any, value: Any) -> None:
    got: list[Any] = []

    def take(value: Any) -> None:
        got.append(value)

    take.__annotations__ = {"value": hint}
    plain = Celery("plain", broker="memory://", set_as_current=False)
    plain.task(name="shop.take", shared=False)(take).apply(loads(dumps((value,)))).get()
    app = SafeCelery("shop", broker="memory://", set_as_current=False)
    app.conf.task_always_eager = True
    task = app.task(name="shop.take", shared=False)(take)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        task.delay(value).get()
        task.delay(value).get()
        task.apply(loads(dumps((value,)))).get()  # a message of plain Celery that is in flight
    assert got[1:] == [got[0]] * 3
    assert {type(g) for g in got} == {type(got[0])}
    try:
        TypeAdapter(hint).validate_python(value)
    except ValidationError:
        assert {w.category for w in said} == {ArgumentWarning}
        texts = [str(w.message) for w in said]
        assert len(set(texts)) == len(texts)
        assert sum(text.startswith("call of shop.take: value") for text in texts) == 1
        assert said[0].filename == __file__
    else:
        assert said == []


def test_strict_refuses_what_does_not_fit() -> None:
    app = SafeCelery("shop", broker="memory://", set_as_current=False, strict=True)

    @app.task(name="shop.take", shared=False)
    def take(which: UUID, colour: Colour = Colour.RED) -> None: ...

    with pytest.raises(ArgumentError, match="2 arguments do not fit:\n  which: .*\n  colour: "):
        take.delay("nope", colour="blue")  # type: ignore[arg-type]
