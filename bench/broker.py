"""Messages per second and latency of our brokers beside kombu's Redis, one process, one run.

Usage: python bench/broker.py
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

from kombu import Connection

from celery_safe.broker import register
from celery_safe.broker.connection import SafeConnection
from celery_safe.testing.local import Redis, running

COUNT = 2000


def measure(url: str, connect: type[Connection] = Connection) -> dict[str, float]:
    """Publish, then consume and acknowledge; then one message at a time across two connections."""
    with connect(url) as connection, connection.SimpleQueue("bench") as queue:
        start = time.perf_counter()
        for n in range(COUNT):
            queue.put({"n": n})
        published = time.perf_counter() - start
        start = time.perf_counter()
        for _ in range(COUNT):
            queue.get(timeout=10).ack()
        consumed = time.perf_counter() - start
    return {
        "publish/s": COUNT / published,
        "consume+ack/s": COUNT / consumed,
        "latency p50 ms": latency(url, connect),
    }


def latency(url: str, connect: type[Connection]) -> float:
    """Milliseconds from publish to receipt in another thread, the median of 100."""
    times: list[float] = []
    received = threading.Event()

    def consume() -> None:
        with connect(url) as connection, connection.SimpleQueue("latency") as queue:
            for _ in range(100):
                message = queue.get(timeout=30)
                times.append((time.perf_counter() - float(message.payload["at"])) * 1000)
                message.ack()
                received.set()

    thread = threading.Thread(target=consume)
    thread.start()
    with connect(url) as connection, connection.SimpleQueue("latency") as queue:
        for _ in range(100):
            time.sleep(0.013)  # so that polls and publishes do not march in step
            received.clear()
            queue.put({"at": time.perf_counter()})
            received.wait(30)
    thread.join()
    return statistics.median(times)


def main() -> None:
    """Measure all, and print them with their ratio to Redis."""
    register()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(Redis(folder / "redis")) as redis:
            results = {
                "redis": measure(redis.url()),
                "redis with leases": measure(redis.url(), SafeConnection),
            }
        for synchronous in ("normal", "full"):
            url = f"sqlite+safe:///{folder / synchronous}.db?synchronous={synchronous}"
            results[f"sqlite+safe, synchronous={synchronous}"] = measure(url)
    base = results["redis"]
    for broker, values in results.items():
        print(broker)
        for key, value in values.items():
            print(f"  {key:<16} {value:10.1f}   {value / base[key]:6.2f} x redis")


if __name__ == "__main__":
    main()
