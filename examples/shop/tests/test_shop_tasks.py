"""The shop's tasks, by the plugin alone: no server, and never eager mode."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from shop import effects, ledger, tasks
from shop.models import Currency, Item, Order, Parcel

from celery_safe import ArgumentError, SafeCelery
from celery_safe.testing.clock import Clock
from celery_safe.testing.idempotence import AssertIdempotent
from celery_safe.testing.pair import OldAndNew
from celery_safe.testing.sent import AssertSent
from celery_safe.testing.worker import Run, Worker

ORDER = Order(
    id=UUID(int=7), customer="Ada", items=[Item(sku="cup", price=Decimal("4.50"), count=2)]
)
PARCEL = Parcel(ORDER.id, "Ring 1", 900)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CHARGE_SECONDS", 0.0)


@pytest.fixture
def notes(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: effects.read(tmp_path / "effects.log")


def test_an_order_is_paid_and_shipped(
    safe_worker: Worker, clock: Clock, assert_sent: AssertSent, notes: Callable[[], list[str]]
) -> None:
    tasks.place(ORDER, PARCEL)
    assert_sent(tasks.pay, ORDER, Currency.EUR)
    assert [run.task for run in safe_worker.drain()] == ["shop.pay", "shop.send_receipt"]
    assert ledger.paid() == {ORDER.id: Decimal("9.00")}
    assert notes() == [f"receipt {ORDER.id} to the customer"]
    clock.advance(hours=25)
    assert f"shipped {ORDER.id} express" in notes()


@pytest.mark.usefixtures("safe_worker")
def test_results_are_typed_values() -> None:
    assert tasks.pay.delay(ORDER, Currency.USD).get() == "9.00 USD"
    assert tasks.ship.delay(PARCEL).get() == "Ring 1, 900 g"
    assert tasks.send_receipt.delay(ORDER.id, cc="a@example.com").get() is True


def test_a_wrong_order_never_leaves(assert_sent: AssertSent) -> None:
    wrong: Any = {**ORDER.model_dump(), "items": [{"sku": "cup", "price": "-1"}]}
    with pytest.raises(ArgumentError, match=r"pay: order.items\[0\].price: .*greater than 0"):
        tasks.pay.delay(wrong)
    assert_sent.never(tasks.pay)


def test_a_payment_survives_a_crash(safe_worker: Worker) -> None:
    tasks.pay.delay(ORDER)
    safe_worker.crash_during(tasks.pay, at="return f")
    assert [run.state for run in safe_worker.drain()] == ["CRASHED", "SUCCESS"]
    assert ledger.paid() == {ORDER.id: Decimal("9.00")}


def test_a_payment_bears_a_repetition_and_a_crash_at_each_line(
    assert_idempotent: AssertIdempotent, tmp_path: Path
) -> None:
    forget = (tmp_path / "ledger.db").unlink
    assert_idempotent.at_each_line(reset=forget)(tasks.pay, ORDER)


def test_the_demos_charge_does_not(assert_idempotent: AssertIdempotent) -> None:
    with pytest.raises(AssertionError, match=r"shop\.charge is not idempotent"):
        assert_idempotent(tasks.charge, 1)


def test_a_full_mailbox_is_tried_again(
    safe_worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def full(line: str) -> None:
        tries.append(line)
        if len(tries) < 3:
            raise tasks.MailboxFull

    monkeypatch.setattr(tasks, "note", full)
    result = tasks.send_receipt.delay(ORDER.id)
    safe_worker.drain()
    assert len(tries) == 1
    clock.advance(minutes=5)
    assert len(tries) == 3
    assert result.get() is True


def test_the_digest_is_sent_by_beat(clock: Clock, notes: Callable[[], list[str]]) -> None:
    clock.advance(hours=24, minutes=1)
    counted = {
        region: sum(note.startswith(f"digest {region}:") for note in notes())
        for region in ("eu", "all")
    }
    assert counted["eu"] in (47, 48)
    assert counted["all"] == 1


def test_a_currency_can_be_deployed(old_and_new: OldAndNew) -> None:
    def before(app: SafeCelery) -> None:
        @app.task(name="shop.pay")
        def pay(order: Order) -> str:  # pyright: ignore[reportUnusedFunction] (the app has it)
            return order.customer

    def after(app: SafeCelery) -> None:
        @app.task(name="shop.pay")
        def pay(order: Order, currency: Currency = Currency.EUR) -> str:  # pyright: ignore[reportUnusedFunction] (the app has it)
            return f"{order.customer} {currency.value}"

    pair = old_and_new(before, after)
    pair.check("shop.pay", ORDER)
    pair.new.app.send_task("shop.pay", [ORDER, Currency.USD])
    runs: list[Run] = pair.old.drain()
    assert runs[-1].state == "FAILURE", "the workers are deployed before who sends the currency"
