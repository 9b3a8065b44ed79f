"""Kill a worker in the middle of a task: plain Celery loses the task, SafeCelery finishes it.

Needs no server: both apps run on the embedded broker.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from shop import effects

SHOP = Path(__file__).resolve().parent
ROOT = SHOP.parent.parent
ORDERS = [1, 2, 3]
START_SECONDS = 20.0  # for a worker to start its first task
FINISH_SECONDS = 25.0  # for a worker to run all orders
# Far longer than an order or a redelivery takes: an order not started by then never will be.
QUIET_SECONDS = 8.0


class DemoError(Exception):
    """What was to be shown was not seen."""


def wait_for(
    what: str, seen: Callable[[], bool], seconds: float, worker: subprocess.Popen[bytes]
) -> None:
    """Poll until it is seen; DemoError when the time is up or the worker has ended."""
    deadline = time.monotonic() + seconds
    while not seen():
        if worker.poll() is not None:
            raise DemoError(f"the worker ended by itself (exit {worker.returncode}) before: {what}")
        if time.monotonic() > deadline:
            raise DemoError(f"not seen within {seconds:.0f} s: {what}")
        time.sleep(0.02)


def kill_tree(worker: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the worker's main process and its children at once, as the OOM killer or a power cut does."""
    with suppress(ProcessLookupError):  # it has ended, and its children with it
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(timeout=10)


@contextmanager
def running_worker(
    module: str, env: dict[str, str], log: Path
) -> Generator[subprocess.Popen[bytes]]:
    """A real worker with one child process, in a process group of its own; killed at the end."""
    command = [sys.executable, "-m", "celery", "-A", module, "worker", "-c", "1", "-l", "INFO"]
    with log.open("ab") as output:
        worker = subprocess.Popen(
            command, cwd=SHOP.parent, env=env, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield worker
        finally:
            kill_tree(worker)


def send(module: str, env: dict[str, str]) -> None:
    """Send the orders from a process of its own, as a web server would."""
    code = f"from {module} import charge\nfor order in {ORDERS}: charge.delay(order)"
    subprocess.run([sys.executable, "-c", code], cwd=SHOP.parent, env=env, timeout=30, check=True)


def play(title: str, module: str, folder: Path) -> list[str]:
    """Send, kill the worker in the middle of the first order, start another; what the tasks noted."""
    print(f"\n{title}", flush=True)
    noted, log = folder / "effects.log", folder / "worker.log"
    env = {
        **os.environ,
        "SHOP_BROKER_URL": f"sqlite+safe:///{folder / 'shop.db'}",
        "SHOP_EFFECTS": str(noted),
        "PYTHONPATH": str(ROOT),
    }
    first, last = f"started {ORDERS[0]}", f"finished {ORDERS[-1]}"
    try:
        send(module, env)
        print(f"   sent orders {', '.join(map(str, ORDERS))}", flush=True)
        with running_worker(module, env, log) as worker:
            wait_for(first, lambda: first in effects.read(noted), START_SECONDS, worker)
            time.sleep(0.5)  # into the middle of the task
        before = len(effects.read(noted))
        print(f"   a worker: {', '.join(effects.read(noted))}, then SIGKILL", flush=True)
        with running_worker(module, env, log) as worker:
            wait_for(last, lambda: last in effects.read(noted), FINISH_SECONDS, worker)
            settle(noted, worker)
    except (DemoError, subprocess.SubprocessError):
        if log.exists():
            print(log.read_text(encoding="utf-8", errors="replace")[-4000:], file=sys.stderr)
        raise
    lines = effects.read(noted)
    print(f"   the next worker: {', '.join(lines[before:])}", flush=True)
    return lines


def lost(lines: list[str]) -> list[int]:
    """The orders that no worker has finished."""
    return [order for order in ORDERS if f"finished {order}" not in lines]


def table(rows: dict[str, list[str]]) -> str:
    """What each app did with each order."""
    head = "".join(f"{f'order {order}':<24}" for order in ORDERS)
    text = f"{'what was seen':<16}{head}".rstrip()
    for app, lines in rows.items():
        cells = [
            f"{'LOST' if order in lost(lines) else 'finished'}, started {lines.count(f'started {order}')}x"
            for order in ORDERS
        ]
        text += f"\n{app:<16}" + "".join(f"{cell:<24}" for cell in cells).rstrip()
    return text


def settle(noted: Path, worker: subprocess.Popen[bytes]) -> None:
    """Wait until all orders are finished, or nothing more has been noted for QUIET_SECONDS."""
    deadline = time.monotonic() + FINISH_SECONDS
    lines, since = effects.read(noted), time.monotonic()
    while time.monotonic() < deadline and worker.poll() is None:
        if {f"finished {order}" for order in ORDERS} <= set(lines):
            return
        if time.monotonic() - since > QUIET_SECONDS:
            return
        time.sleep(0.02)
        if (now := effects.read(noted)) != lines:
            lines, since = now, time.monotonic()


def show() -> bool:
    """Play both; whether plain Celery lost just the running order and SafeCelery none."""
    with tempfile.TemporaryDirectory(prefix="celery-safe-demo-") as name:
        folders = Path(name) / "plain", Path(name) / "safe"
        for folder in folders:
            folder.mkdir()
        plain = play("2. Plain Celery, with its own defaults", "shop.plain", folders[0])
        safe = play("3. SafeCelery, on the same broker", "shop.tasks", folders[1])
    print(f"\n{table({'plain Celery': plain, 'SafeCelery': safe})}\n")
    if lost(plain) == ORDERS[:1] and not lost(safe):
        print("Plain Celery lost the order that was running; SafeCelery finished all of them.")
        return True
    print(f"NOT as promised: plain Celery lost {lost(plain)}, SafeCelery lost {lost(safe)}.")
    return False
