"""Tasks that kill their worker: a bounded number of losses, then a dead letter.

A task's start is written down before the pool gets it (``gate/starts.py``), and struck out after its
end in the next beat of the worker. What is found at a redelivery is a start without an end:

- its worker was being stopped (a deploy): no loss;
- its worker lives: the broker has lost the connection, or the start has ended since: no loss;
- its worker is dead, or has reported the death of the pool process: one loss.

From the second loss on the suspect runs alone, so that it can take nobody with it.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery_safe.errors import PoisonPill
from celery_safe.gate.starts import RUNNING
from celery_safe.gate.verdicts import Fail, Verdict, Wait

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate

LOSSES = "losses"
WORKERS = "worker"
#: A worker that has not been heard of for so many seconds is dead.
SILENCE = 10.0
#: Losses from which on a task runs alone.
SUSPECT = 2


def guard(request: Any, gate: Gate) -> Verdict | None:
    """Convict, isolate or let run a message that was delivered before."""
    if not request.delivery_info.get("redelivered"):
        return None
    if not gate.starts.adopt():
        return Wait(0.1)
    if gate.starts.has(request.id):
        return Wait(0.5)  # the connection was lost under it, and it goes on here
    starts = gate.ask(gate.records.read, RUNNING, f"{request.id}|")
    workers = {start.key: _worker(gate, start.key.rpartition("|")[2]) for start in starts}
    if any(worker is not None and worker.may_live for worker in workers.values()):
        return Wait(0.5)
    for key, worker in workers.items():
        if worker is not None and not worker.is_stopping:
            charge(request, gate, f"worker {worker.name} died", start=key)
        else:
            gate.ask(gate.records.erase, RUNNING, [key])
    losses = recent(request, gate)
    cap = getattr(request.task, "max_worker_losses", None)
    cap = gate.conf("safe_max_worker_losses") if cap is None else cap
    if len(losses) > cap:
        return Fail(
            PoisonPill(
                f"task {request.name}[{request.id}]: its worker died under it {len(losses)} times "
                f"({losses[-1]['how']}; safe_max_worker_losses={cap}). "
                f"Mend the task, then: celery-safe messages replay {request.id}"
            ),
            details={"losses": losses},
        )
    if len(losses) >= SUSPECT and not gate.alone(request):
        return Wait(0.2)
    return None


@dataclass(frozen=True)
class _Worker:
    name: str
    is_stopping: bool
    may_live: bool


def _worker(gate: Gate, worker: str) -> _Worker | None:
    """What is known of the worker of an unfinished start; None for this one."""
    if worker == gate.worker:
        return None  # the death of its pool process is charged when it is seen
    found = gate.ask(gate.records.read, WORKERS, worker)
    if not found:
        return _Worker(worker, is_stopping=False, may_live=False)
    value = found[0].value
    silent = gate.ask(gate.store.now) - found[0].written_at > SILENCE
    is_here = value["host"] == socket.gethostname()
    dead = silent or (is_here and not _runs(value["pid"]))
    return _Worker(value["name"], bool(value["stopping"]), not dead)


def _runs(pid: int) -> bool:
    """Whether a process of this host runs; so its death is known at once and not after the silence."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def recent(request: Any, gate: Gate) -> list[dict[str, Any]]:
    """The losses within the window, the oldest first."""
    found = [r for r in gate.ask(gate.records.read, LOSSES, request.id) if r.key == request.id]
    since = gate.ask(gate.store.now) - gate.conf("safe_worker_loss_window")
    return [loss for r in found for loss in r.value["losses"] if loss["at"] >= since]


def charge(request: Any, gate: Gate, how: str, start: str = "") -> None:
    """Write one loss down, and strike out the record ``start`` in the same breath.

    Asked one by one, a store that goes away in between would have the same loss counted twice.
    """
    losses = recent(request, gate)

    def write() -> None:
        losses.append({"at": gate.store.now(), "how": how})
        window = gate.conf("safe_worker_loss_window")
        gate.records.write(LOSSES, request.id, {"losses": losses}, window)
        if start:
            gate.records.erase(RUNNING, [start])

    gate.ask(write)
    gate.counts.add("celery_safe_worker_losses", name=request.name)
