from enum import Enum
from typing import Any, List, Optional, Union

from celery import shared_task
from pydantic import BaseModel


@shared_task(name="optional")
def optional(order_id: Optional[int]):
    pass


@shared_task(name="union")
def union(order_id: Union[int, str]):
    pass


@shared_task(name="other")
def other(order_id: str):
    pass


@shared_task(name="literal")
def literal(order_id: int, mode: "Literal['fast', 'slow']"):
    pass


@shared_task(name="widened")
def widened(order_id: int, note: str, price: int, flag: bool):
    pass


@shared_task(name="unannotated")
def unannotated(order_id):
    pass


@shared_task(name="spelling")
def spelling(a: Optional[int], b: Union[int, str], c: List, d: "int | None"):
    pass


@shared_task(name="unknown")
def unknown(a: OrderId, b: str, c: Any):
    pass


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Mode(Enum):
    SLOW = "slow"


class Order(BaseModel):
    pk: int
    note: str = ""
    total: int = 0


Key = int | str


@shared_task(name="enum")
def enum(color: Color, mode: Mode):
    pass


@shared_task(name="alias")
def alias(key: Key):
    pass


@shared_task(name="inner")
def inner(
    ids: list[int | str],
    names: list[str],
    by_id: "dict[str, int | None]",
    whole: list,
):
    pass


@shared_task(name="to_literal")
def to_literal(mode: str):
    pass


@shared_task(name="model", pydantic=True)
def model(order: Order):
    pass


@shared_task(name="model_as_dictionary")
def model_as_dictionary(order: Order):
    pass
