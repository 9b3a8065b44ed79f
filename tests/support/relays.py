"""The app of tests/integration/outbox_app.py in this process, and its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from support.bench import HERE, ROOT, Servers, kill_tree

from celery_safe import SafeCelery
from celery_safe.store.sqlalchemy import SQLAlchemyStore

COMMAND = "from celery_safe.cli import main; main()"


class Relays:
    """An app with a store in PostgreSQL, and whatever of it is started.

    Args:
        servers: the fixture of that name.
        broker: the kind of server that is the broker.
        folder: where effects and log are written.
        conf: what the app reads from the environment.
    """

    def __init__(self, servers: Servers, broker: str, folder: Path, **conf: str) -> None:
        database, self.folder = servers("postgres").url(), folder
        self.store = SQLAlchemyStore(create_engine(database), name=f"m_{uuid.uuid4().hex[:12]}")
        self.store.init()
        self.env = {
            "BROKER": servers(broker).url(), "STORE": database, "TABLE": self.store.table.name,
            "QUEUE": f"q{uuid.uuid4().hex}", "EFFECTS": str(folder / "effects"), **conf,
        }  # fmt: skip
        self.started: list[subprocess.Popen[bytes]] = []
        #: Sends by names; the tasks are those of the processes.
        self.app: Any = SafeCelery("outbox", broker=self.env["BROKER"], store=self.store)
        self.app.conf.task_default_queue = self.env["QUEUE"]
        self.app.conf.safe_dedupe_window = float(conf.get("DEDUPE", 0)) or None
        self.app.conf.safe_eta_in_store = float(conf.get("FAR", 300))

    def start(self, *words: str, **conf: str) -> subprocess.Popen[bytes]:
        """Start ``python`` with these words."""
        paths = os.pathsep.join([str(HERE), str(ROOT), os.environ.get("PYTHONPATH", "")])
        with (self.folder / "log").open("ab") as log:
            one = subprocess.Popen(
                [sys.executable, *words], cwd=self.folder, stdout=log, stderr=log,
                env={**os.environ, **self.env, **conf, "PYTHONPATH": paths}, start_new_session=True,
            )  # fmt: skip
        self.started.append(one)
        return one

    def worker(self, *options: str, **conf: str) -> subprocess.Popen[bytes]:
        """Start a worker of one process."""
        words = ("-m", "celery", "-A", "outbox_app", "worker", "-c", "1", "-l", "INFO")
        return self.start(*words, *options, **conf)

    def relay(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a relay."""
        return self.start("-c", COMMAND, "relay", "-A", "outbox_app", *options)

    def effects(self) -> list[str]:
        """What tasks have written, in that order."""
        path = self.folder / "effects"
        return path.read_text().splitlines() if path.exists() else []

    def log(self) -> str:
        """What all processes have said."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def close(self) -> None:
        """Kill what runs, and drop the tables."""
        for one in self.started:
            kill_tree(one)
        for table in (self.store._records_table, self.store.table):
            table.drop(self.store.engine)
        self.store.engine.dispose()
