"""The shop's tasks, on SafeCelery."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from celery_safe import SafeTask, daily, every, schedule
from shop import ledger
from shop.app import app
from shop.effects import note
from shop.models import Currency, Order, Parcel

CHARGE_SECONDS = 2.0


class MailboxFull(ConnectionError):
    """The customer's mail server is busy."""


@app.task(name="shop.charge")
def charge(order: int) -> None:
    """Charge an order. A real one carries an idempotency key, as `pay` does: it may run twice."""
    note(f"started {order}")
    time.sleep(CHARGE_SECONDS)
    note(f"finished {order}")


@app.task(name="shop.pay")
def pay(order: Order, currency: Currency = Currency.EUR) -> str:
    """Write the payment; a repetition finds it there."""
    ledger.pay(order.id, order.total, currency)
    return f"{order.total} {currency.value}"


@app.task(name="shop.send_receipt", bind=True, max_retries=3)
async def send_receipt(self: SafeTask, order_id: UUID, cc: str | None = None) -> bool:
    """Mail the receipt, again a minute later when the mailbox is full."""
    await asyncio.sleep(0)
    try:
        note(f"receipt {order_id} to {cc or 'the customer'}")
    except MailboxFull as error:
        raise self.retry(exc=error, countdown=60) from error
    return True


class Ship(SafeTask):
    """A task that is a class."""

    name = "shop.ship"

    def run(self, parcel: Parcel, *, express: bool = False) -> str:
        note(f"shipped {parcel.order_id} {'express' if express else 'by post'}")
        return f"{parcel.street}, {parcel.weight_grams} g"


ship = app.register_task(Ship())


@app.task(name="shop.digest")
def send_digest(region: str, limit: int = 100) -> int:
    """Mail what was paid, to the people of a region."""
    count = min(len(ledger.paid()), limit)
    note(f"digest {region}: {count}")
    return count


schedule(send_digest, every(minutes=30), "eu", limit=10)
schedule(send_digest, daily(at="02:30", tz="Europe/Berlin"), "all")


def place(order: Order, parcel: Parcel) -> None:
    """What the web server calls: pay, then the receipt; the parcel goes out tomorrow."""
    (pay.s(order, Currency.EUR) | send_receipt.si(order.id)).delay()
    ship.apply_async((parcel,), {"express": True}, countdown=24 * 3600)
