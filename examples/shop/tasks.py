"""The shop's task, on SafeCelery."""

from __future__ import annotations

import time

from shop.app import app
from shop.effects import note

CHARGE_SECONDS = 2.0


@app.task(name="shop.charge")
def charge(order: int) -> None:
    """Charge an order. A real one would carry an idempotency key: the task may run twice."""
    note(f"started {order}")
    time.sleep(CHARGE_SECONDS)
    note(f"finished {order}")
