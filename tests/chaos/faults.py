"""The faults. Each is a generator: it begins, yields the seconds until it goes on, and has ended at its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage import Stage

Fault = Callable[["Stage"], Iterator[float]]


def kill_child(stage: Stage) -> Iterator[float]:
    """SIGKILL to a process of a pool, as the kernel's out-of-memory killer does."""
    children = [pid for worker in stage.fleet.workers for pid in worker.children()]
    if children:
        os.kill(stage.random.choice(children), signal.SIGKILL)
    yield 0


def kill_main(stage: Stage) -> Iterator[float]:
    """SIGKILL to a worker's main process; its children die with it."""
    worker = stage.random.choice(stage.fleet.workers)
    if worker.process.poll() is None:
        worker.process.kill()
    yield 0


def kill_relay(stage: Stage) -> Iterator[float]:
    """SIGKILL to the relay, which carries every message of this run to the broker."""
    assert stage.fleet.relay is not None
    stage.fleet.relay.signal(signal.SIGKILL)
    yield 0


def freeze(stage: Stage) -> Iterator[float]:
    """SIGSTOP to a worker and its pool for longer than every lease; then it goes on."""
    worker = stage.random.choice(stage.fleet.workers)
    worker.signal(signal.SIGSTOP)
    yield stage.longer_than_a_lease
    worker.signal(signal.SIGCONT)


def restart_broker(stage: Stage) -> Iterator[float]:
    """The broker is killed or stopped, and started again after some seconds."""
    stage.random.choice([stage.broker.kill, stage.broker.stop])()
    yield stage.random.uniform(0.5, 4)
    stage.broker.start()


def cut(stage: Stage) -> Iterator[float]:
    """Every connection to the broker is reset, and new ones for some seconds."""
    stage.proxy.cut()
    yield stage.random.uniform(0.2, 4)
    stage.proxy.heal()


def delay(stage: Stage) -> Iterator[float]:
    """Whatever goes to or from the broker takes up to half a second longer."""
    stage.proxy.delay = stage.random.uniform(0.1, 0.5)
    yield stage.random.uniform(2, 5)
    stage.proxy.heal()


def restart_store(stage: Stage) -> Iterator[float]:
    """The store's database is killed, and started again after some seconds."""
    stage.store.kill()
    yield stage.random.uniform(0.5, 6)
    stage.store.start()


def fill_store(stage: Stage) -> Iterator[float]:
    """The store refuses every write for some seconds, as with a full disk."""
    stage.fill_store(True)
    yield stage.random.uniform(2, 6)
    stage.fill_store(False)


def step_clock(stage: Stage) -> Iterator[float]:
    """A worker's wall clock is stepped by up to a day, ahead or back, and later right again."""
    worker = stage.random.choice(stage.fleet.workers)
    worker.step_clock(stage.random.choice([-86400, -7200, 600, 7200, 86400]))
    yield stage.random.uniform(3, 6)
    worker.step_clock(0)


#: By name; ``none`` has poisons only.
FAULTS: dict[str, tuple[Fault, ...]] = {
    "none": (),
    "kill_child": (kill_child,),
    "kill_main": (kill_main,),
    "kill_relay": (kill_relay,),
    "freeze": (freeze,),
    "restart_broker": (restart_broker,),
    "cut": (cut,),
    "delay": (delay,),
    "restart_store": (restart_store,),
    "fill_store": (fill_store,),
    "step_clock": (step_clock,),
    "all": (kill_child, kill_main, freeze, restart_broker, cut, delay, restart_store, fill_store, step_clock),
}  # fmt: skip
#: Those that plain Celery has no part for.
ONLY_SAFE = frozenset({"kill_relay", "restart_store", "fill_store"})
