# What it was is in before/.
from typing import Any, List, Optional, Union

from celery import shared_task


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
