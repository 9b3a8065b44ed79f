"""Messages that come too late: revoked, as in Celery, and with a line in their history.

Celery asks on its own at the receipt of a message and right before its run; with a gate this guard
is asked instead, after the kill switch: what is held back is not thrown away meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from celery_safe.gate.verdicts import Drop, Verdict

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate


def guard(request: Any, _gate: Gate) -> Verdict | None:
    """Drop what has expired, by this host's clock, as Celery does."""
    expires = request.expires
    if not expires:
        return None
    now = datetime.now(timezone.utc if expires.tzinfo else None)
    if now <= expires:
        return None
    late = (now - expires).total_seconds()
    return Drop(f"it expired {late:.0f} s before it could run ({expires.isoformat()})", True)
