"""Messages that are due far from now wait in the store, whoever sent them.

In a worker's memory they hold the room of its prefetch, on Redis they come again at each visibility
timeout, and Celery sets an alarm at their receipt by the host's clock: where that was wrong for a
moment, a retry in a second waits for a day, and the worker with it.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from celery_safe.gate.verdicts import Park, Verdict, Wait

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate


def is_far(eta: datetime, gate: Gate) -> bool:
    """Whether, by this host's clock, it is further than ``safe_eta_in_store`` seconds; None is never."""
    far = gate.conf("safe_eta_in_store")
    # The same clock as that of Celery's alarm.
    return far is not None and eta.timestamp() - time.time() > far


def guard(request: Any, gate: Gate) -> Verdict | None:
    """Put it on the shelf; by the store's clock it may be due soon, or already.

    Asked of what Celery was not told the time of, however near that is by now: it may have waited
    for a free process meanwhile.
    """
    if not request.is_for_later:
        return None
    eta = request._eta
    wait = eta.timestamp() - gate.ask(gate.store.now)
    if wait <= 0:
        return None
    if wait <= (gate.conf("safe_eta_in_store") or 0):
        return Wait(wait)
    return Park("eta", f"due at {eta.isoformat()}", delay=wait)
