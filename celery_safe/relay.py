"""Moves what is due from the store back to the broker: publish, be confirmed, then delete."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from celery.utils.log import get_logger

from celery_safe.store import Entry, Kind, MessageStore

logger = get_logger(__name__)

#: Seconds for which what is being published belongs to one relay.
LEASE = 60.0
#: Seconds until the next try, doubled by each failure up to the second.
WAIT = (2.0, 300.0)


class Relay:
    """Publishes due entries of some kinds.

    Args:
        app: whose broker.
        store: where they are.
        kinds: which.
    """

    def __init__(self, app: Any, store: MessageStore, kinds: Collection[Kind]) -> None:
        self.app = app
        self.store = store
        self.kinds = tuple(kinds)
        self.owner = uuid.uuid4().hex

    def step(self, limit: int = 100) -> int:
        """Move up to ``limit`` entries; how many have been published.

        Raises what the store raises when it cannot be asked.
        """
        entries = self.store.claim(self.owner, LEASE, limit, self.kinds)
        published = 0
        for entry in entries:
            if self._publish(entry):
                self.store.done(self.owner, [entry.id])
                published += 1
        return published

    def _publish(self, entry: Entry) -> bool:
        try:
            with self.app.producer_or_acquire() as producer:
                entry.message.publish(
                    producer,
                    retry=True,
                    retry_policy={"max_retries": 1, "interval_start": 0},
                    confirm_timeout=self.app.conf.get("safe_confirm_timeout"),
                )
        except Exception as error:  # of any broker's driver
            first, last = WAIT
            delay = min(first * 2.0**entry.attempts, last)
            logger.exception(
                "Message %s (%s) could not be published, next try in %.0f s",
                entry.id, entry.message.task, delay,
            )  # fmt: skip
            self.store.release(self.owner, [entry.id], delay, repr(error))
            return False
        return True
