"""The outbox on PostgreSQL with Redis and with RabbitMQ, beside plain ``.delay()`` and the limit.

Usage: python bench/outbox.py [ROWS] [--dco PYTHON] [--record]

``--dco``: the interpreter of a virtual environment with django-celery-outbox, Django, psycopg and
redis, to measure that beside it: ``python3 -m venv dco && dco/bin/pip install django-celery-outbox
'psycopg[binary]' redis packaging``, then ``--dco dco/bin/python``. ``--record`` writes the page of the docs.
Everything runs interleaved in one run; ratios count, not numbers.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import redis as redis_client
from outbox_page import Figures, report, write
from outbox_tps import transactions
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from celery_safe import SafeCelery
from celery_safe.outbox import outbox
from celery_safe.relay import Relay
from celery_safe.relay.loop import Loop
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.local import Postgres, RabbitMQ, Redis, running

HERE = Path(__file__).parent
ROUNDS = 3


class Durable(Postgres):
    """A PostgreSQL that waits for the disk, as in production; what is said last counts."""

    def spawn(self, command: Sequence[str], *words: Any, **options: Any) -> None:
        super().spawn([*command, "-cfsync=on"], *words, **options)


def timed(call: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def make(broker: str, store: SQLAlchemyStore, **options: Any) -> Any:
    """An app with one task, and a queue of its own."""
    app: Any = SafeCelery("bench", broker=broker, store=store)
    app.conf.update(task_default_queue=f"bench{len(APPS)}", task_ignore_result=True, **options)

    @app.task(name="noop")
    def noop(number: int) -> None: ...

    app.noop = noop
    APPS.append(app)
    return app


APPS: list[Any] = []


def fill(app: Any, rows: int) -> None:
    """Commit that many tasks, 500 in each transaction."""
    for first in range(0, rows, 500):
        with Session(app.store.engine) as session, session.begin(), outbox(session):
            for number in range(first, min(first + 500, rows)):
                app.noop.delay(number)


def drain(app: Any, rows: int) -> float:
    """Rows a second of one relay."""
    fill(app, rows)
    with app.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text(f"vacuum analyze {app.store.table.name}"))
    loop = Loop(Relay(app, app.store, ["outbox"]))
    loop.relay.publisher.ready()
    seconds = timed(loop.drain)
    loop.relay.close()
    if loop.relay.totals.sent != rows or app.store.count().messages:
        raise RuntimeError(f"{loop.relay.totals} of {rows}")
    return rows / seconds


def delays(app: Any, rows: int) -> float:
    """Plain calls a second."""
    app.noop.delay(0)
    return rows / timed(lambda: [app.noop.delay(n) for n in range(rows)])


def limit(url: str, rows: int) -> float:
    """Pipelined LPUSH of a message's size, a second."""
    client, body = redis_client.Redis.from_url(url), b"x" * 900

    def push() -> None:
        for _ in range(0, rows, 500):
            with client.pipeline(transaction=False) as pipe:
                for _ in range(500):
                    pipe.lpush("limit", body)
                pipe.execute()

    seconds = timed(push)
    client.delete("limit")
    return rows / seconds


def enqueue(app: Any, rows: int = 1000) -> float:
    """Microseconds for a task in a transaction of a thousand, the commit included."""

    def one() -> None:
        with Session(app.store.engine) as session, session.begin(), outbox(session):
            for number in range(rows):
                app.noop.delay(number)

    seconds = timed(one)
    with app.store.engine.begin() as connection:
        connection.execute(app.store.table.delete())
    return seconds / rows * 1e6


def latencies(app: Any, folder: Path, count: int = 200) -> list[float]:
    """Milliseconds from the commit to the message in Redis, one transaction at a time."""
    env = {
        **os.environ, "BROKER": app.conf.broker_url, "QUEUE": app.conf.task_default_queue,
        "TABLE": app.store.table.name, "EFFECTS": str(folder / "none"),
        "STORE": app.store.engine.url.render_as_string(hide_password=False),
        "PYTHONPATH": f"{HERE.parent / 'tests' / 'integration'}{os.pathsep}{HERE.parent}",
    }  # fmt: skip
    with (folder / "relay.log").open("ab") as log:
        relay = subprocess.Popen(
            [sys.executable, "-c", "from celery_safe.cli import main; main()", "relay", "-A", "outbox_app"],
            env=env, cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    client = redis_client.Redis.from_url(app.conf.broker_url)
    queue = app.conf.task_default_queue
    found = []
    try:
        for number in range(count + 10):
            before = client.llen(queue)
            with Session(app.store.engine) as session, session.begin(), outbox(session):
                app.noop.delay(number)
            committed = time.perf_counter()
            while client.llen(queue) <= before:
                time.sleep(0.0002)
                if time.perf_counter() > committed + 60:
                    raise TimeoutError((folder / "relay.log").read_text())
            found.append((time.perf_counter() - committed) * 1000)
            time.sleep(0.01 * (number % 7))
    finally:
        os.killpg(relay.pid, signal.SIGTERM)
        relay.wait()
    return sorted(found[10:])


def polls(app: Any) -> dict[str, float]:
    """Milliseconds of a look that finds nothing: at an empty outbox, beside parked rows, and so on."""
    store = app.store
    relay = Relay(app, store, ["outbox", "eta"])

    def median(look: Callable[[], Any]) -> float:
        look()
        return statistics.median(timed(look) for _ in range(50)) * 1000

    found = {"empty outbox": median(lambda: relay.step(500))}
    fill(app, 1)
    with store.engine.begin() as c:
        c.execute(
            text(
                f"insert into {store.table.name} select 'p' || n, 'eta', created_at, due_at + 86400, "
                "attempts, owner, lease_until, task_id, task, exchange, routing_key, reason, error, "
                f"details, meta, body, size, format from {store.table.name}, generate_series(1, 200000) n"
            )
        )
    old = store.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    old.execute(text(f"select count(*) from {store.table.name}"))
    fill(app, 20000)
    Loop(relay).drain()
    beside = "200,000 parked rows, and 20,000 deleted ones that an old snapshot keeps"
    found[beside] = median(lambda: relay.move(500))
    found[f"{beside}; the one that reads everything again, once a second"] = median(
        lambda: relay.step(500)
    )
    old.close()
    relay.close()
    with store.engine.begin() as c:
        c.execute(text(f"truncate {store.table.name}"))
    return found


def dco(python: str, postgres: str, broker: str, rows: int) -> float:
    """Rows a second of django-celery-outbox's relay, in its own environment."""
    done = subprocess.run(
        [python, str(HERE / "outbox_dco.py"), postgres, broker, str(rows)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure everything, round by round, and print medians and ratios."""
    words = sys.argv[1:]
    python = words.pop(words.index("--dco") + 1) if "--dco" in words else ""
    rows = next((int(w) for w in words if w.isdigit()), 10000)
    found = Figures(rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running(Durable(folder / "postgres")) as postgres,
            running(Redis(folder / "redis")) as redis,
            running(RabbitMQ(folder / "rabbit")) as rabbit,
        ):
            store = SQLAlchemyStore(create_engine(postgres.url()), name="bench")
            store.init()
            on_redis, on_rabbit = make(redis.url(), store), make(rabbit.url(), store)
            plain = make(rabbit.url(), store, broker_transport_options={"confirm_publish": False})
            calls: dict[str, Callable[[], float]] = {
                "outbox, Redis": lambda: drain(on_redis, rows),
                "outbox, RabbitMQ with confirms": lambda: drain(on_rabbit, rows),
                "plain .delay(), Redis": lambda: delays(on_redis, rows // 5),
                "plain .delay(), RabbitMQ with confirms": lambda: delays(on_rabbit, rows // 10),
                "plain .delay(), RabbitMQ without confirms": lambda: delays(plain, rows // 5),
                "pipelined LPUSH, Redis": lambda: limit(redis.url(), rows),
            }
            if python:
                dsn = postgres.url()
                calls |= {
                    "django-celery-outbox, Redis": lambda: dco(
                        python, dsn, redis.url(3), rows // 10
                    ),
                    "django-celery-outbox, RabbitMQ with confirms": lambda: dco(
                        python, dsn, rabbit.url(), rows // 10
                    ),
                }
            for number in range(ROUNDS):
                for what, call in calls.items():
                    found.rates.setdefault(what, []).append(call())
                    say(f"round {number + 1}: {what}: {found.rates[what][-1]:,.0f} a second")
                found.enqueue.append(enqueue(on_redis) / (1e6 / delays(on_redis, 1000)))
            found.waits = latencies(make(redis.url(), store), folder)
            say("from commit to broker: measured")
            found.polls = polls(on_redis)
            say("looks that find nothing: measured; now 32 clients")
            fill(on_redis, 1)
            found.tps = transactions(postgres, store, folder)
            with store.engine.connect() as c:
                version = c.execute(text("show server_version")).scalar_one().split()[0]
    print(report(found))
    if "--record" in words:
        write(found, f"PostgreSQL {version}")


def say(text: str) -> None:
    """How far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
