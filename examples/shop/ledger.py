"""The shop's books: a payment is there once per order, however often it is written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from decimal import Decimal
from uuid import UUID

from shop.models import Currency


@contextmanager
def _books() -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(os.environ.get("SHOP_LEDGER", "ledger.db"))) as books, books:
        books.execute(
            "CREATE TABLE IF NOT EXISTS payment"
            " (order_id TEXT PRIMARY KEY, amount TEXT NOT NULL, currency TEXT NOT NULL)"
        )
        yield books


def pay(order_id: UUID, amount: Decimal, currency: Currency) -> None:
    """Write a payment; the order's id is the key, so a repetition changes nothing."""
    with _books() as books:
        books.execute(
            "INSERT OR IGNORE INTO payment VALUES (?, ?, ?)",
            [str(order_id), str(amount), currency.value],
        )


def paid() -> dict[UUID, Decimal]:
    """What has been paid, by order."""
    with _books() as books:
        rows = books.execute("SELECT order_id, amount FROM payment").fetchall()
    return {UUID(order_id): Decimal(amount) for order_id, amount in rows}
