from typing import Any, List, Optional, Union

from celery import shared_task


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
