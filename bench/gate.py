"""No-op tasks a second with the gate and its guards, and without: side by side on Redis and RabbitMQ.

Usage: python bench/gate.py [TASKS]
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from celery_safe.testing.local import RabbitMQ, Redis, running, until

HERE = Path(__file__).parent
ROUNDS = 5
SEND = (
    "import sys; from gate_app import *\nn = int(sys.argv[1])\n"
    "with app.connection_for_write(transport_options={'confirm_publish': False}) as c, "
    "app.amqp.Producer(c) as p:\n"
    "    mark.apply_async(['begin'], producer=p)\n"
    "    for _ in range(n): noop.apply_async(producer=p)\n"
    "    mark.apply_async(['end'], producer=p)\n"
)


def measure(broker: str, store: str, folder: Path, tasks: int) -> float:
    """Tasks a second of a new worker with two processes."""
    marks = folder / "marks"
    marks.unlink(missing_ok=True)
    env = {
        **os.environ, "BROKER": broker, "STORE": store, "QUEUE": f"q-{folder.name}",
        "MARKS": str(marks), "PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parent}",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", SEND, str(tasks)], env=env, cwd=folder, check=True)
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "gate_app", "worker", "-c", "2", "-l", "ERROR"],
        env=env, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: marks.exists() and "end" in marks.read_text(), "the last task", 300)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    times = dict(line.split() for line in marks.read_text().splitlines())
    return tasks / (float(times["end"]) - float(times["begin"]))


def main() -> None:
    """Measure, one after the other in turn, and print the medians, and the median of the rounds' ratios."""
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running(Redis(folder / "redis")) as redis,
            running(RabbitMQ(folder / "rabbit")) as rabbit,
        ):
            for broker, url in (("redis", redis.url(0)), ("rabbitmq", rabbit.url())):
                got: dict[str, list[float]] = {"without": [], "with": []}
                for n in range(ROUNDS):
                    # In turn first and second, so that a machine that slows down favours neither.
                    for kind in sorted(got, reverse=n % 2 == 0):
                        here = folder / f"{broker}-{kind}-{n}"
                        here.mkdir()
                        store = redis.url(1) if kind == "with" else ""
                        got[kind].append(measure(url, store, here, tasks))
                without, with_ = (statistics.median(v) for v in got.values())
                ratios = [b / a for a, b in zip(got["without"], got["with"], strict=True)]
                print(
                    f"{broker:<10} without {without:7.0f}/s   with the gate {with_:7.0f}/s   "
                    f"{statistics.median(ratios):.2f} x (rounds: "
                    f"{', '.join(f'{r:.2f}' for r in sorted(ratios))})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
