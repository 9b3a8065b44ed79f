"""The worker's thread beside the gate: says that it lives and learns of switches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from celery.utils.log import get_logger

from celery_safe.gate import poison, switches
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.gate import Gate
from celery_safe.gate.releasing import Releaser
from celery_safe.gate.remembered import Remembered
from celery_safe.gate.starts import SOON

logger = get_logger(__name__)

#: Seconds between two looks.
BEAT = 1.0
#: Seconds for which it is known how a worker ended.
KEPT = 7 * 86400.0


class Keeper:
    """A daemon thread; what fails is said once and tried again at the next beat."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.releaser = Releaser(gate)
        self.remembered = Remembered(gate)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="celery-safe-keeper", daemon=True)
        self._failing = False
        self._sweep_at = time.monotonic() + 600

    def start(self) -> None:
        """Begin, after one beat: the first task must find the switches known."""
        if not self._thread.is_alive():
            try:
                self.gate.ask(
                    self._beat
                )  # within bounds: a store that hangs must not stop the start
            except StoreAway:
                self.gate.switches = self.remembered.read()
            self._thread.start()
            self.releaser.start()

    def stop(self) -> None:
        """End, and strike out what is over: a deploy is no loss."""
        self._stop.set()
        self.releaser.stop()
        self.gate.starts.fresh.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self.gate.is_stopping = True
        self._try(self._beat)
        self.gate.starts.close()

    def _run(self) -> None:
        fresh = self.gate.starts.fresh
        at = time.monotonic() + BEAT
        while not self._stop.is_set():
            if not self._failing and fresh.wait(max(0.0, at - time.monotonic())):
                self._stop.wait(SOON)  # what is over by then need not be told
                self._try(self.gate.starts.tell)
            elif self._failing:
                self._stop.wait(max(0.0, at - time.monotonic()))
            if time.monotonic() >= at:
                self._try(self._beat)
                at = time.monotonic() + BEAT

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # of any store's driver; the last known switches stay in force
            self.gate.switches = switches.in_force(self.gate.switches)
            if not self._failing:
                logger.exception("The message store cannot be asked, trying again")
            self._failing = True
        else:
            self._failing = False

    def _beat(self) -> None:
        self.gate.starts.forget_ended()  # also while the store is away
        self.say_that_it_lives()
        self.gate.switches = switches.read(self.gate.records)
        self.remembered.write(self.gate.switches)
        self.gate.leases.renew()
        if time.monotonic() > self._sweep_at:
            self._sweep_at = time.monotonic() + 600
            self.gate.records.sweep()

    def say_that_it_lives(self) -> None:
        """Write the worker's record and strike out the starts that have ended."""
        gate = self.gate
        gate.records.write(poison.WORKERS, gate.worker, gate.facts(), KEPT)
        gate.starts.tell()
        gate.starts.strike_out()
