"""Runs a relay until it is told to stop: at once when there is something, and rarely when there is not."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery.utils.log import get_logger

from celery_safe.relay import Outage, Relay

logger = get_logger(__name__)

#: Entries of one batch. Those of one that is killed may be published twice.
BATCH = 500
#: Seconds between two looks when nothing tells the relay that there is something.
POLL = 1.0
#: The same right after something was found, without notifications.
SOON = 0.05
#: For so many seconds after something was found a relay that is notified looks often, since senders
#: notify seldom, and not at all while one leads; then for as many more, for what they had not committed.
HOT = 0.15
#: Seconds between two looks then, of the one relay that leads, and of all others.
OFTEN, BESIDE = 0.002, 0.05
#: Seconds after which a deaf relay tries to listen again.
LISTEN_AGAIN = 300.0
#: Seconds to wait while the broker or the store is away, doubled up to the second.
AWAY = (0.25, 5.0)


class Loop:
    """Moves what is due, over and over.

    Args:
        relay: what moves it.
        batch: entries of one batch.
        poll: seconds between two looks when nothing tells.
    """

    def __init__(self, relay: Relay, batch: int = BATCH, poll: float = POLL) -> None:
        self.relay, self.batch, self.poll = relay, batch, poll
        self._listener: Any = None
        self._listen_at = 0.0
        self._is_deaf = False
        self._hot_until = self._glow_until = 0.0
        self._pause = SOON
        self._failing = ""

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set; the batch at hand is brought to its end."""
        away = AWAY[0]
        try:
            while not stop.is_set():
                try:
                    _, found = self.relay.move(self.batch)
                    self._over()
                    if found < self.batch:
                        self._wait(stop, found)
                    away = AWAY[0]
                except Exception as error:  # noqa: BLE001 (of any broker's or store's driver; said once)
                    self._say(error)
                    self._stop_listening()
                    stop.wait(away)
                    away = min(away * 2, AWAY[1])
        finally:
            self._stop_listening()
            self.relay.close()

    def drain(self) -> int:
        """Move everything that is due now; how many have been published.

        Raises what the broker or the store raises.
        """
        total, is_last = 0, False
        while True:
            sent, found = self.relay.move(self.batch)
            total += sent
            if found < self.batch:
                if is_last:
                    return total
                self.relay.look_at_all()
            is_last = found < self.batch

    def _say(self, error: Exception) -> None:
        what = f"{type(error).__name__}: {error}"
        if what != self._failing:
            away = "The broker" if isinstance(error, Outage) else "The message store"
            logger.error("%s cannot be asked, trying again: %s", away, what)
        self._failing = what

    def _over(self) -> None:
        if self._failing:
            logger.warning("The relay works again")
        self._failing = ""

    def _wait(self, stop: threading.Event, found: int) -> None:
        now = time.monotonic()
        self._hot_until = now + HOT if found else self._hot_until
        listener = self._listen(now)
        if listener is not None and now < self._hot_until:
            if listener.lead():
                listener.wait(OFTEN)
            else:
                stop.wait(BESIDE)
            return
        if listener is not None and listener.rest():
            self._glow_until = now + HOT
        if listener is not None and now < self._glow_until:
            listener.wait(OFTEN)
            return
        self._pause = SOON if found else min(self._pause * 2, self.poll)
        pause = self._until_due(self.poll if listener is not None else self._pause)
        if listener is None:
            stop.wait(pause)
            return
        end = now + pause
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            if listener.wait(min(left, 0.5)):
                self._hot_until = time.monotonic() + HOT
                return

    def _until_due(self, pause: float) -> float:
        due = self.relay.store.due(self.relay.kinds)
        if due is None:
            return pause
        return min(pause, max(due - self.relay.store.now(), 0.001))

    def _listen(self, now: float) -> Any:
        """What listens; None if the store's database cannot notify, or this relay is deaf."""
        listen = getattr(self.relay.store, "listener", None)
        if self._listener is not None or listen is None or now < self._listen_at:
            return self._listener
        self._listen_at = now + LISTEN_AGAIN
        try:
            self._listener = listen()
        except Exception as error:  # noqa: BLE001 (of any driver; polling does without)
            if not self._is_deaf:
                logger.warning("The relay looks every %g s: %s", self.poll, error)
            self._is_deaf = True
        else:
            self._is_deaf = False
        return self._listener

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener, self._listen_at = None, 0.0
