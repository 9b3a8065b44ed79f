"""The shop's app. Changing SHOP_BROKER_URL moves it to another broker."""

from __future__ import annotations

import os

from celery_safe import SafeCelery

app = SafeCelery(
    "shop",
    broker=os.environ.get("SHOP_BROKER_URL", "redis://localhost:6379/0"),
    include=["shop.tasks"],
    strict=True,
)
