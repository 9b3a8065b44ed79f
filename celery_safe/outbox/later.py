"""A task that is due far from now waits in the store, not in the memory of a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.utils.time import maybe_iso8601, maybe_make_aware


@dataclass(frozen=True)
class Later:
    """When a task is due: its ETA, and how many seconds that is from now."""

    eta: datetime
    delay: float


def later(app: Any, options: Mapping[str, Any]) -> Later | None:
    """When a call is due, if that is so far from now that the store shall keep it.

    Far is more than the setting ``safe_eta_in_store``, in seconds; None is never.
    """
    far = app.conf.get("safe_eta_in_store")
    countdown, eta = options.get("countdown"), options.get("eta")
    if app._store is None or far is None or not (countdown or eta):
        return None
    now = app.now()
    if countdown:  # as in Celery it wins over an ETA
        eta = now + timedelta(seconds=countdown)
    elif isinstance(eta, str):
        eta = maybe_iso8601(eta)
    eta = maybe_make_aware(eta, app.timezone)
    delay = (eta - now).total_seconds()
    return Later(eta, delay) if delay > far else None
