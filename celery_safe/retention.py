"""How long the shelf keeps what nobody sends again: seconds by kind, in ``safe_store_retention``."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from celery_safe.errors import BadSetting
from celery_safe.store import KINDS, Filter, Kind, MessageStore

#: Messages that one call of the store deletes.
_PAGE = 200


def parsed(value: Any) -> dict[Kind, float]:
    """The seconds of each kind that is not kept for ever.

    Raises:
        BadSetting: it is no mapping of kinds to seconds; with the nearest right name.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadSetting(_text(f"{value!r} is no mapping of kinds to seconds"))
    found: dict[Kind, float] = {}
    for kind, seconds in value.items():
        if kind not in KINDS:
            near = difflib.get_close_matches(str(kind), KINDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KINDS)}"
            raise BadSetting(_text(f"no kind {kind!r}; {hint}"))
        if seconds is None:
            continue
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
            raise BadSetting(_text(f"{kind!r} is kept for seconds or None, not for {seconds!r}"))
        found[kind] = float(seconds)
    return found


def _text(problem: str) -> str:
    return f"safe_store_retention: {problem}; as in {{'dead': 7776000}}"


def expired(store: MessageStore, retention: Mapping[Kind, float]) -> dict[Kind, int]:
    """How many :func:`clean` would delete now, by kind."""
    now = store.now()
    return {
        kind: store.count(Filter(kinds=[kind], until=now - seconds)).messages
        for kind, seconds in retention.items()
    }


def clean(
    store: MessageStore, retention: Mapping[Kind, float], limit: float = math.inf
) -> dict[Kind, int]:
    """Delete what has been on the shelf for longer; what is claimed stays.

    Args:
        store: where.
        retention: what :func:`parsed` has read.
        limit: after how many to end.

    Returns: how many have been deleted, by kind.
    """
    now = store.now()
    gone: dict[Kind, int] = {}
    for kind, seconds in retention.items():
        claimed = 0
        where = Filter(kinds=[kind], until=now - seconds)
        while sum(gone.values()) < limit:
            page = store.list(where, limit=_PAGE, offset=claimed)
            if not page:
                break
            deleted = len(store.discard([entry.id for entry in page]))
            claimed += len(page) - deleted
            gone[kind] = gone.get(kind, 0) + deleted
    return {kind: count for kind, count in gone.items() if count}
