"""Arguments that JSON cannot carry, by name and path."""

from __future__ import annotations

import enum
import warnings
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import chain, group
from kombu.exceptions import EncodeError
from kombu.utils import json as kombu_json

from celery_safe import ArgumentError, SafeCelery


class Money(Decimal):
    pass


class Color(enum.Enum):
    RED = 1


class Name(str, enum.Enum):
    A = "a"


Point = namedtuple("Point", "x y")


@dataclass
class Order:
    id: int


def make(**options: Any) -> Any:
    app = SafeCelery("shop", broker="memory://", set_as_current=False, **options)

    @app.task(name="shop.charge", shared=False)
    def charge(order: Any, *rest: Any, note: Any = None) -> Any:
        return order

    @app.task(name="shop.bound", shared=False, bind=True, autoretry_for=(KeyError,))
    def bound(self: Any, order: Any) -> None:
        pass

    return app, charge, bound


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: t.delay({1, 2}), r"order: set; send sorted"),
        (lambda t: t.delay({"items": [1, {"at": timedelta(1)}]}), r"order\.items\[1\]\.at: datetime\.timedelta"),
        (lambda t: t.delay({"a b": Path("x")}), r"order\['a b'\]: pathlib\."),
        (lambda t: t.delay(1, 2, Color.RED), r"rest\[1\]: enum Color; send its \.value"),
        (lambda t: t.delay(1, note=Order(1)), r"note: test_arguments\.Order"),
        (lambda t: t.delay({(1, 2): 3}), r"order\[\(1, 2\)\]: a key of tuple; JSON's keys are str"),
        (lambda t: t.apply_async(args=[object()]), r"order: object"),
        (lambda t: t.s(lambda: 1).apply_async(), r"order: function"),
        (lambda t: chain(t.s(1), t.si({1}), app=t.app).apply_async(), r"chain\[0\]\.args\[0\]: set"),
        (lambda t: group([t.s(1), t.s({1})], app=t.app).apply_async(), r"order: set"),
        (lambda t: t.apply_async((1,), link=t.s(b"x", {2})), r"link.*args\[1\]: set"),
        (lambda t: t.app.send_task("far.away", args=[1, {2}], kwargs={"a": {3}}), r"(?s)2 arguments.*args\[1\]: set.*a: set"),
    ],
)  # fmt: skip
def test_what_json_cannot_carry_is_named_with_its_path(call: Any, said: str) -> None:
    _, charge, _ = make()
    with pytest.raises(ArgumentError, match=said) as caught:
        call(charge)
    assert isinstance(caught.value, EncodeError)


def test_bound_and_retried_tasks_name_their_own_parameters() -> None:
    _, _, bound = make()
    with pytest.raises(ArgumentError, match=r"call of shop\.bound: order: set"):
        bound.delay({1})


def test_eager_mode_says_the_same() -> None:
    app, charge, _ = make()
    app.conf.task_always_eager = True
    with pytest.raises(ArgumentError, match=r"order\.x: set"):
        charge.delay({"x": {1}})


def test_what_json_carries_exactly_passes_under_strict() -> None:
    _, charge, _ = make(strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        charge.delay(
            [1, 2**80, 1.5, None, True, "é", b"\xff", uuid4(), Decimal("1.10"), date(2026, 1, 1),
             datetime.now(timezone.utc), {"a": [{"b": datetime(2026, 1, 1)}]}],
            note={"x": {}},
        )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"items": [0, 1, 2, {"price": Money("1")}]}, r"order\.items\[3\]\.price: Decimal subclass Money arrives as Decimal"),
        ({1: "a"}, r"order\[1\]: a key of int arrives as str"),
        ((1, 2), r"order: tuple arrives as list"),
        ([Point(1, 2)], r"order\[0\]: tuple subclass Point arrives as list"),
        (Name.A, r"order: str enum Name arrives as str"),
        (OrderedDict(a=1), r"order: dict subclass OrderedDict arrives as dict"),
        ({"__type__": "decimal", "__value__": "1"}, r"what kombu writes for its own types"),
    ],
)  # fmt: skip
def test_what_json_changes_silently_is_refused_under_strict_only(value: Any, said: str) -> None:
    _, charge, _ = make()
    charge.delay(value)
    _, charge, _ = make(strict=True)
    with pytest.raises(ArgumentError, match=said):
        charge.delay(value)


def test_types_registered_with_kombu_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kombu_json, "_encoders", dict(kombu_json._encoders))
    monkeypatch.setattr(kombu_json, "_decoders", dict(kombu_json._decoders))
    kombu_json.register_type(
        timedelta, "timedelta", lambda d: d.total_seconds(), lambda s: timedelta(seconds=s)
    )
    _, charge, _ = make(strict=True)
    charge.delay({"for": timedelta(1)})


def test_an_argument_that_contains_itself_is_one_error() -> None:
    _, charge, _ = make()
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises((ArgumentError, ValueError, RecursionError)):
        charge.delay(loop)


def test_other_serializers_keep_their_own_rules() -> None:
    app, charge, _ = make(strict=True)
    app.conf.accept_content = ["json", "yaml"]
    charge.apply_async(((1, 2),), serializer="yaml")
