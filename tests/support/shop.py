"""A small project with a store on disk, for the commands that work on an app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from celery_safe.message import Message
from celery_safe.store import Kind, New

PROJECT = """
from celery_safe import SafeCelery

def store():
    from sqlalchemy import create_engine
    from celery_safe.store.sqlalchemy import SQLAlchemyStore
    return SQLAlchemyStore(create_engine("sqlite:///shelf.db"))

app = SafeCelery("proj", broker="sqlite+safe:///broker.db", backend="file://results", store=store)

@app.task(name="shop.charge", queue="orders")
def charge(order, currency="EUR"): ...

@app.task(name="shop.login")
def login(api_key, form): ...
"""


class Shop:
    """The project in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "proj.py").write_text(PROJECT)
        (folder / "results").mkdir()

    def command(
        self, *words: str, code: int = 0, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run ``celery-safe`` in the folder, and expect its exit code."""
        done = subprocess.run(
            [sys.executable, "-c", "from celery_safe.cli import main; main(prog_name='celery-safe')", *words],
            cwd=self.folder, capture_output=True, text=True, timeout=60, input=stdin, check=False,
        )  # fmt: skip
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    @property
    def store(self) -> Any:
        """Its store, in this process."""
        from sqlalchemy import create_engine

        from celery_safe.store.sqlalchemy import SQLAlchemyStore

        store = SQLAlchemyStore(create_engine(f"sqlite:///{self.folder / 'shelf.db'}"))
        store.init()
        return store

    def shelve(self, entry_id: str, body: str, kind: Kind = "dead", **more: Any) -> None:
        """Put a message on the shelf."""
        headers = {
            "task": more.pop("task", "shop.charge"), "id": f"task-{entry_id}", "root_id": "root",
            "retries": 3, "lang": "py", "argsrepr": "()", "kwargsrepr": "{}", "group": "g",
        }  # fmt: skip
        message = Message(
            body.encode(),
            "application/json",
            "utf-8",
            headers,
            {"correlation_id": "x"},
            "",
            "orders",
        )
        self.store.put([New(message, kind, None, id=entry_id, **more)])

    def take(self) -> Any:
        """The next message in the broker, acknowledged, or None."""
        from kombu import Connection, Queue

        from celery_safe.broker import register

        register()
        with Connection(f"sqlite+safe:///{self.folder / 'broker.db'}") as connection:
            message = Queue("orders")(connection.default_channel).get()
            if message is not None:
                message.ack()
            return message
