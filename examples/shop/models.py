"""What the shop's tasks are called with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from uuid import UUID

from pydantic import BaseModel, Field


class Currency(Enum):
    EUR = "EUR"
    USD = "USD"


class Item(BaseModel):
    sku: str
    price: Decimal = Field(gt=0)
    count: int = 1


class Order(BaseModel):
    id: UUID
    customer: str
    items: list[Item]

    @property
    def total(self) -> Decimal:
        return sum((item.price * item.count for item in self.items), Decimal(0))


@dataclass(frozen=True)
class Parcel:
    order_id: UUID
    street: str
    weight_grams: int
