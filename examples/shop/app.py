"""The shop's app. Changing SHOP_BROKER_URL moves it to another broker."""

from __future__ import annotations

import os

from celery_safe import SafeCelery

app = SafeCelery(
    "shop",
    broker=os.environ.get("SHOP_BROKER_URL", "sqlite+safe:///shop.db"),
    include=["shop.tasks"],
    strict=True,
)
