"""Transactions a second of 32 clients that write a business row and an outbox row: what NOTIFY costs."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import text

from celery_safe.store._notify import SELDOM, TELL
from celery_safe.testing.local import Postgres

CLIENTS, SECONDS, ROUNDS = 32, 5, 3
#: Milliseconds between two notifications of one client; what no clock reaches is never.
VARIANTS = {
    "no NOTIFY": 10**15,
    "NOTIFY as celery-safe does": int(SELDOM * 1000),
    "NOTIFY in each": 0,
}

#: One script for all, so that they differ in the notifications alone. Each client is a process that sends.
SCRIPT = """
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now \\gset
\\set is_due :now - :told >= :seldom
BEGIN;
INSERT INTO orders (item) VALUES ('tea');
INSERT INTO {table} SELECT md5(random()::text || :client_id || ':' || :now), {columns} FROM model LIMIT 1;
\\if :is_due
{tell};
\\set told :now
\\endif
COMMIT;
"""


def program(postgres: Postgres) -> str:
    """Where pgbench is: beside the server's programs."""
    found = shutil.which("pgbench", path=str(postgres._programs())) or shutil.which("pgbench")
    if found is None:
        raise RuntimeError("pgbench is not installed: sudo apt-get install -y postgresql-contrib")
    return found


def transactions(postgres: Postgres, store: Any, folder: Path) -> dict[str, float]:
    """Median transactions a second of each variant, with one listener. A row must be in the store."""
    table = store.table
    names = ", ".join(c.name for c in table.c if c.name != "id")
    with store.engine.begin() as c:
        c.execute(text("CREATE TABLE orders (id bigserial PRIMARY KEY, item text)"))
        c.execute(text(f"CREATE TABLE model AS SELECT {names} FROM {table.name} LIMIT 1"))
        if c.execute(text("SELECT count(*) FROM model")).scalar() != 1:
            raise RuntimeError("there is no row to take as a model")
    script = folder / "transaction.sql"
    listener, stop, leads = store.listener(), threading.Event(), threading.Event()

    def listen() -> None:
        """What a relay does while it finds something; each second it begins anew."""
        while not stop.is_set():
            if listener.wait(0.2) and leads.is_set():
                listener.lead()
                stop.wait(1)
                listener.rest()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        found: dict[str, list[float]] = {name: [] for name in VARIANTS}
        for _ in range(ROUNDS):
            for name, seldom in VARIANTS.items():
                with store.engine.begin() as c:
                    c.execute(text(f"truncate {table.name}, orders"))
                # In each: whoever leads or not, as if there was nothing but NOTIFY.
                tell = TELL if seldom else "SELECT pg_notify(%(channel)s, '')"
                (leads.set if seldom else leads.clear)()
                filled = tell.replace("%(channel)s", f"'{table.name}'").strip()
                script.write_text(SCRIPT.format(table=table.name, columns=names, tell=filled))
                found[name].append(_run(postgres, script, seldom))
    finally:
        stop.set()
        thread.join()
        listener.close()
    return {name: statistics.median(values) for name, values in found.items()}


def _run(postgres: Postgres, script: Path, seldom: int) -> float:
    done = subprocess.run(
        [program(postgres), "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", str(script),
         "-D", f"seldom={seldom}", "-D", "told=0", "-h", "127.0.0.1", "-p", str(postgres.port),
         "-U", "postgres", "postgres"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or tps is None:
        raise RuntimeError(done.stderr or done.stdout)
    return float(tps[1])
