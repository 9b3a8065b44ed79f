"""Orders and their tasks in one transaction, while senders, relays, workers, broker and database are killed.

Usage: python tests/chaos/outbox_run.py [--total 10000] [--broker redis|rabbitmq] [--seed 1]

Prints what was committed, what had its effect, and what was lost, came of a rollback, or happened
twice. Exit code 1 if any of these three is not 0.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.local import Postgres, RabbitMQ, Redis, running, until

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BROKERS: dict[str, Any] = {"redis": Redis, "rabbitmq": RabbitMQ}


class Stage:
    """All processes of a run."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        role = name.partition("-")[0]
        words = {
            "sender": [str(HERE / "outbox_chaos_app.py"), f"{name}-{uuid.uuid4().hex[:8]}"],
            "relay": ["-c", "from celery_safe.cli import main; main()", "relay", "-A", "outbox_chaos_app"],
            "worker": ["-m", "celery", "-A", "outbox_chaos_app", "worker", "-c", "2", "-n", f"{name}@%h", "-l", "WARNING"],
        }[role]  # fmt: skip
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *words], env=self.env, cwd=self.folder, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        try:
            tree = [
                psutil.Process(process.pid),
                *psutil.Process(process.pid).children(recursive=True),
            ]
        except psutil.NoSuchProcess:
            tree = []
        for one in tree:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        process.wait(30)


def rows(engine: Any, table: str) -> list[str] | None:
    """All of a table, or None while the database is down."""
    try:
        with engine.connect() as connection:
            return [row.n for row in connection.execute(text(f"SELECT n FROM {table}"))]
    except DBAPIError:
        return None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--total", type=int, default=10_000)
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    dice = random.Random(words.seed)
    with (
        tempfile.TemporaryDirectory() as name,
        running(Postgres(Path(name) / "postgres")) as postgres,
        running(BROKERS[words.broker](Path(name) / "broker")) as broker,
    ):
        folder = Path(name)
        engine = create_engine(postgres.url(), pool_pre_ping=True)
        SQLAlchemyStore(engine).init()
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE orders (n text)")
            connection.exec_driver_sql("CREATE TABLE effects (n text)")
        env = {
            **os.environ, "STORE": engine.url.render_as_string(hide_password=False),
            "BROKER": broker.url(), "STARTS": str(folder / "starts"),
            "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
        }  # fmt: skip
        stage, faults = Stage(folder, env), Counter[str]()
        begun = time.monotonic()
        try:
            for one in ("sender-1", "sender-2", "relay-1", "relay-2", "worker-1", "worker-2"):
                stage.start(one)
            while len(rows(engine, "orders") or ()) < words.total:
                time.sleep(dice.uniform(0.5, 2.0))
                fault = dice.choice([*stage.running, "broker", "database"])
                faults[fault.partition("-")[0]] += 1
                if fault in ("broker", "database"):
                    server = broker if fault == "broker" else postgres
                    server.kill()
                    time.sleep(dice.uniform(0.0, 1.0))
                    server.start()
                else:
                    stage.kill(fault)
                    stage.start(fault)
            for one in [n for n in stage.running if n.startswith("sender")]:
                stage.kill(one)
            committed = set(rows(engine, "orders") or ())
            until(lambda: set(rows(engine, "effects") or ()) >= committed, "all effects", 600)
            time.sleep(5)  # what is still on its way would be a second effect
        finally:
            for one in list(stage.running):
                stage.kill(one)
        effects = Counter(rows(engine, "effects") or ())
        starts = len((folder / "starts").read_text().split())
        lost = len(committed - set(effects))
        ghosts = len(set(effects) - committed)
        twice = sum(count > 1 for count in effects.values())
        print(
            "| broker | faults | committed | effects | lost | of a rollback | twice | starts of tasks | seconds |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        print(
            f"| {words.broker} | {', '.join(f'{n} {f}' for f, n in sorted(faults.items()))} | "
            f"{len(committed)} | {sum(effects.values())} | {lost} | {ghosts} | {twice} | {starts} | "
            f"{time.monotonic() - begun:.0f} |"
        )
    return int(bool(lost or ghosts or twice))


if __name__ == "__main__":
    raise SystemExit(main())
