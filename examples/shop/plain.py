"""The same task on stock Celery with its own defaults, on the same broker: for comparison only."""

from __future__ import annotations

import os
import time

from celery import Celery

import celery_safe.broker
from shop.effects import note

celery_safe.broker.register()  # SafeCelery does this by itself

CHARGE_SECONDS = 2.0

app = Celery("plain", broker=os.environ.get("SHOP_BROKER_URL", "sqlite+safe:///shop.db"))


@app.task(name="plain.charge")
def charge(order: int) -> None:
    """Charge an order."""
    note(f"started {order}")
    time.sleep(CHARGE_SECONDS)
    note(f"finished {order}")
