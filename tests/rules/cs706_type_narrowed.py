# What it was is in before/.
from enum import Enum
from typing import Any, List, Optional, Union

from celery import shared_task
from pydantic import BaseModel


@shared_task(name="optional")
def optional(order_id: int):  # error: CS706
    pass


@shared_task(name="union")
def union(order_id: "int"):  # error: CS706
    pass


@shared_task(name="other")
def other(order_id: int):  # error: CS706
    pass


@shared_task(name="literal")
def literal(order_id: int, mode: "Literal['fast']"):  # error: CS706
    pass


@shared_task(name="widened")
def widened(order_id: int | str, note: Optional[str], price: float, flag: int):
    pass


@shared_task(name="unannotated")
def unannotated(order_id: int):
    pass


@shared_task(name="spelling")
def spelling(a: int | None, b: str | int, c: list, d: Optional[int]):
    pass


# Whether one is part of the other cannot be told.
@shared_task(name="unknown")
def unknown(a: int, b: OrderId, c: int):
    pass


class Color(Enum):
    RED = "red"


class Mode(Enum):
    SLOW = "slow"
    FAST = "fast"


class Order(BaseModel):
    pk: int
    note: str = ""
    currency: str


Key = int


@shared_task(name="enum")
def enum(color: Color, mode: Mode):  # error: CS706
    pass


@shared_task(name="alias")
def alias(key: Key):  # error: CS706
    pass


@shared_task(name="inner")
def inner(
    ids: list[int],  # error: CS706
    names: list[str | None],
    by_id: "dict[str, int]",  # error: CS706
    whole: list[int],
):
    pass


@shared_task(name="to_literal")
def to_literal(mode: Literal["fast"]):  # error: CS706
    pass


@shared_task(name="model", pydantic=True)
def model(order: Order):  # error: CS706
    pass


@shared_task(name="model_as_dictionary")
def model_as_dictionary(order: Order):
    pass
