"""Annotated arguments: checked at the call, plain JSON on the wire, rebuilt in the worker."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import pytest
from celery import Celery
from celery.exceptions import Retry
from kombu.utils.json import dumps, loads
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from celery_safe import ArgumentError, SafeCelery, SafeTask, UncheckedArgumentWarning, validation

if TYPE_CHECKING:
    from http.client import HTTPResponse


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Item(BaseModel):
    sku: str
    price: Decimal = Field(alias="unitPrice")
    size: Size = Size.SMALL


class Order(BaseModel):
    id: UUID
    items: list[Item]
    placed: datetime | None = None


@dataclasses.dataclass
class Address:
    street: str
    since: date


class Point(NamedTuple):
    x: int
    y: int


ORDER = Order(id=uuid.UUID(int=7), items=[Item(sku="a", unitPrice=Decimal("1.10"))])


@pytest.fixture
def app() -> SafeCelery:
    app = SafeCelery("shop", broker="memory://", set_as_current=False)
    app.conf.task_always_eager = True
    return app


def wire(app: SafeCelery, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The bodies that are published, as JSON text."""
    seen: list[Any] = []

    def send_task(
        self: Any, name: str, args: Any = None, kwargs: Any = None, *m: Any, **o: Any
    ) -> None:
        seen.append(json.loads(dumps([args, kwargs])))

    monkeypatch.setattr(Celery, "send_task", send_task)
    app.conf.task_always_eager = False
    return seen


CASES: list[tuple[Any, Any, Any]] = [
    (Order, ORDER, {"id": str(ORDER.id), "items": [{"sku": "a", "unitPrice": "1.10", "size": "s"}], "placed": None}),
    (list[Order], [ORDER], ...),
    (dict[str, Order], {"a": ORDER}, ...),
    (Order | None, None, None),
    (Address, Address("x", date(2026, 1, 2)), {"street": "x", "since": "2026-01-02"}),
    (Size, Size.LARGE, "l"),
    (list[Size], [Size.LARGE, Size.SMALL], ["l", "s"]),
    (set[int], {1}, [1]),
    (tuple[int, str], (1, "a"), [1, "a"]),
    (Point, Point(1, 2), [1, 2]),
    (dict[int, str], {1: "a"}, {"1": "a"}),
    (dict[UUID, Size], {ORDER.id: Size.SMALL}, {str(ORDER.id): "s"}),
    (timedelta, timedelta(seconds=90), "PT1M30S"),
    (UUID, ORDER.id, {"__type__": "uuid", "__value__": {"hex": ORDER.id.hex}}),
    (Decimal, Decimal("1.10"), {"__type__": "decimal", "__value__": "1.10"}),
    (date, date(2026, 1, 2), ...),
    (datetime, datetime(2026, 1, 2, tzinfo=timezone.utc), ...),
    (list[UUID | None], [ORDER.id, None], ...),
    (dict[str, Decimal], {"a": Decimal("0.1")}, ...),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "value", "plain"), CASES, ids=lambda v: str(v)[:30])
def test_it_arrives_as_it_was(
    app: SafeCelery, monkeypatch: pytest.MonkeyPatch, hint: Any, value: Any, plain: Any
) -> None:
    got: list[Any] = []

    def take(value: Any, more: int = 0) -> None:
        got.append(value)

    take.__annotations__ = {"value": hint, "more": int}
    task = app.task(name="shop.take", shared=False)(take)
    for call in (
        lambda: task.delay(value),
        lambda: task.s(value).delay(),
        lambda: task.si(value=value).delay(),
    ):
        call()
        assert got[-1] == value
        assert type(got[-1]) is type(value)
    seen = wire(app, monkeypatch)
    task.delay(value, 3)
    task.apply_async(kwargs={"value": value})
    (by_place, _), (_, by_name) = seen
    assert by_place[1] == 3
    assert by_place[0] == by_name["value"]
    if plain is not ...:
        assert by_place[0] == plain


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.delay(order={"id": "x", "items": []}), r"^call of shop.take: order.id: Input should be a valid UUID.* \(got str\)$"),
        (lambda t: t.delay({"id": str(ORDER.id), "items": [{"sku": 1}]}), r"\n  order.items\[0\].sku: .* \(got int\)\n  order.items\[0\].unitPrice: Field required"),
        (lambda t: t.delay(ORDER, due="tomorrow"), r"call of shop.take: due: "),
        (lambda t: t.delay(ORDER, None, "XL"), r"sizes\[0\]: Input should be 's' or 'l'"),
        (lambda t: t.delay(ORDER, None, Size.SMALL, by=3, to="x"), r"2 arguments do not fit:\n  by: .*\n  to: "),
        (lambda t: t.si(7), "call of shop.take: order: "),
        (lambda t: t.s(ORDER, by="x"), "call of shop.take: by: "),
    ],
)  # fmt: skip
def test_a_mismatch_is_one_error_at_the_call(
    app: SafeCelery, monkeypatch: pytest.MonkeyPatch, call: Any, message: str
) -> None:
    @app.task(name="shop.take", shared=False, validate=True)
    def take(order: Order, due: date | None = None, *sizes: Size, **addresses: Address) -> None: ...

    for eager in (True, False):
        seen = wire(app, monkeypatch)
        app.conf.task_always_eager = eager
        with pytest.raises(ArgumentError, match=message):
            call(take)
        assert seen == []


def test_what_json_cannot_give_back_is_refused(app: SafeCelery) -> None:
    class Login(BaseModel):
        user: str
        password: SecretStr

    class Card(BaseModel):
        number: str = Field(default="none", exclude=True)

    @app.task(name="shop.login", shared=False)
    def log_in(login: Login | Card) -> None: ...

    for value in (Login(user="a", password=SecretStr("b")), Card(number="4111")):
        with pytest.raises(ArgumentError, match="login: .* does not survive the trip as JSON"):
            log_in.delay(value)
    log_in.delay(Card())


def test_messages_of_old_and_foreign_producers_are_understood(app: SafeCelery) -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        day: date

    got: list[Any] = []

    @app.task(name="shop.take", shared=False, validate=True)
    def take(which: UUID, order: Order, strict: Strict) -> None:
        got.append((which, order, strict))

    plain = [str(ORDER.id), json.loads(ORDER.model_dump_json(by_alias=True)), {"day": "2026-01-02"}]
    for which in (plain[0], loads(dumps(ORDER.id))):
        take.apply((which, *plain[1:])).get()
        assert got[-1] == (ORDER.id, ORDER, Strict(day=date(2026, 1, 2)))
    result = take.apply(("x", *plain[1:]))
    assert isinstance(result.result, ArgumentError)
    assert "message for shop.take: which: " in str(result.result)


def test_bound_async_class_and_direct_calls(app: SafeCelery) -> None:
    @app.task(name="shop.bound", shared=False, bind=True, autoretry_for=(KeyError,), max_retries=1)
    def bound(self: SafeTask, size: Size) -> tuple[Size, int]:
        if self.request.retries == 0:
            raise KeyError(size)
        return size, self.request.retries

    @app.task(name="shop.async", shared=False)
    async def later(size: Size) -> Size:
        return size

    class Take(SafeTask):
        name = "shop.class"

        def run(self, size: Size) -> Size:
            return size

    assert bound.delay(Size.LARGE).get() == (Size.LARGE, 1)
    assert later.delay(Size.LARGE).get() is Size.LARGE
    assert app.register_task(Take()).delay(Size.LARGE).get() is Size.LARGE
    # A call in place is a call of the function.
    anything: Any = "nothing to check"
    assert later(anything) == anything


def test_a_retry_with_bad_arguments_goes_out_and_fails_where_it_runs(app: SafeCelery) -> None:
    @app.task(name="shop.bound", shared=False, bind=True, max_retries=1)
    def bound(self: SafeTask, size: Size) -> None:
        raise self.retry(args=("XXL",), countdown=0)

    sent: list[Any] = []
    app.conf.task_always_eager = False
    bound.push_request(
        id="1", args=["l"], kwargs={}, called_directly=False, retries=0, is_eager=False
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Celery, "send_task", lambda *a, **o: sent.append(a[2]))
        from celery._state import _task_stack

        _task_stack.push(bound)
        try:
            with pytest.raises(Retry):
                bound.run("l")
        finally:
            _task_stack.pop()
            bound.pop_request()
    assert [list(args) for args in sent] == [["XXL"]]


def test_a_chain_carries_plain_json(app: SafeCelery) -> None:
    @app.task(name="shop.make", shared=False)
    def make(order: Order) -> str:
        return order.items[0].sku

    @app.task(name="shop.pack", shared=False)
    def pack(sku: str, address: Address, size: Size = Size.SMALL) -> list[str]:
        return [sku, address.street, size.value]

    chain = make.s(ORDER) | pack.s(Address("x", date(2026, 1, 2)), size=Size.LARGE)
    json.dumps(chain)
    assert chain.delay().get() == ["a", "x", "l"]


def test_opting_out_and_what_cannot_be_checked(app: SafeCelery) -> None:
    @app.task(name="shop.out", shared=False, validate=False)
    def out(size: Size) -> Any:
        return size

    assert out.delay("XXL").get() == "XXL"

    class Unchecked(SafeTask):
        abstract = True
        validate = False

    @app.task(name="shop.base", shared=False, base=Unchecked)
    def base(size: Size) -> Any:
        return size

    assert base.delay("XXL").get() == "XXL"

    @app.task(name="shop.lost", shared=False)
    def lost(response: HTTPResponse, size: Size) -> Any:
        return response, size

    with pytest.warns(
        UncheckedArgumentWarning, match=r"shop.lost.*response \(NameError: .*validate=False"
    ):
        assert lost.delay(1, "l").get() == (1, Size.LARGE)


def test_a_task_of_plain_types_has_no_checks_and_loads_no_pydantic(app: SafeCelery) -> None:
    @app.task(name="shop.plain", shared=False)
    def plain(order: int, cc: str | None = None, *, tags: list = []) -> None: ...  # type: ignore[type-arg]  # noqa: B006

    assert plain.run
    assert validation.of(plain) is None
    code = (
        "import sys\nfrom uuid import UUID\nfrom celery_safe import SafeCelery\n"
        "app = SafeCelery('shop', broker='memory://')\n"
        "@app.task(name='a')\ndef a(x: int, y: list[str], z: 'dict[str, int]'): ...\n"
        "a.delay(1, ['a'], {})\n"
        "assert 'pydantic' not in sys.modules\n"
        "@app.task(name='b')\ndef b(x: UUID): ...\n"
        "b.delay(UUID(int=1))\nassert 'pydantic' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
