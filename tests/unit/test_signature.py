"""Whether a call fits a task, and what is said if not."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from pydantic import BaseModel

from celery_safe.signature import difference


class Order(BaseModel):
    number: int


class Unknown:
    """Nothing that pydantic knows."""


app = Celery("signatures", set_as_current=False)


@app.task(name="charge")
def charge(order: int, currency: str = "EUR", *, cc: str = None) -> None:  # noqa: RUF013
    ...


@app.task(name="bound", bind=True, autoretry_for=(OSError,))
def bound(self, order: Order, when: Unknown = None, *rest: int, **more: int) -> None: ...


@app.task(name="forward")
def forward(order: NotThere) -> None:  # type: ignore[name-defined]  # noqa: F821
    ...


@pytest.mark.parametrize(
    ("task", "args", "kwargs", "expected"),
    [
        (charge, [1], {}, None),
        (charge, ["1"], {"currency": 5, "cc": None}, None),
        (charge, [], {}, "missing: order (--set kwargs.order=...)"),
        (charge, [1], {"tip": 1, "tax": 2}, "not taken: tip (--unset tip); not taken: tax (--unset tax)"),
        (charge, [1, "EUR", 3], {}, "3 positional arguments instead of at most 2"),
        (charge, [1], {"order": 2}, "given twice: order"),
        (charge, ["x"], {}, "order: Input should be a valid integer, unable to parse string as an integer, not str"),
        (charge, [1], {"currency": ["EUR"]}, "currency: Input should be a valid string, not list"),
        (bound, [{"number": 1}, "anything", "x"], {"y": "z"}, None),
        (bound, [{"number": "x"}], {}, "order: Input should be a valid integer, unable to parse string as an integer, not dict"),
        (forward, [object()], {}, None),
        (None, [], {}, "task shop.gone is not known to this app"),
    ],
)  # fmt: skip
def test_difference(task: Any, args: Any, kwargs: Any, expected: str | None) -> None:
    said = difference(task, "shop.gone" if task is None else task.name, args, kwargs)
    if expected is None or task is None:
        assert said == expected
    else:
        assert said is not None
        assert said.startswith(
            f"task {task.name} does not take the call today: {expected}; it takes ("
        )


def test_the_signature_of_today_is_shown() -> None:
    said = difference(charge, "charge", [], {})
    assert str(said).endswith(
        "it takes (order: 'int', currency: 'str' = 'EUR', *, cc: 'str' = None)"
    )
