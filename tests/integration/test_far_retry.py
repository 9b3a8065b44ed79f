"""A retry that is due far from now waits in the store, out of the worker; it can be moved and runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bench import Servers
from support.relays import COMMAND, Relays

from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@pytest.fixture
def run(servers: Servers, tmp_path: Path) -> Iterator[Relays]:
    made = Relays(servers, "redis", tmp_path)
    yield made
    made.close()


def messages(run: Relays, *words: str) -> int:
    command = run.start("-c", COMMAND, "messages", words[0], "-A", "outbox_app", *words[1:])
    return command.wait(60)


def test_it_is_listed_moved_and_run_and_another_is_cancelled(run: Relays) -> None:
    moved, gone = (run.app.send_task("again", (n, 3600)) for n in ("moved", "gone"))
    run.worker("-P", "threads")
    until(lambda: run.store.count().messages == 2, f"both wait, see {run.folder / 'log'}")
    assert sorted(run.effects()) == ["gone.0", "moved.0"]
    assert messages(run, "list", "--scheduled") == 0
    assert f"again[{moved.id}]" in run.log()
    assert "2 of 2 messages wait for their time" in run.log()
    gone.revoke()
    assert messages(run, "reschedule", moved.id, "--in", "0s") == 0
    until(lambda: "moved.1" in run.effects(), f"it is run again, see {run.folder / 'log'}")
    assert run.store.count().messages == 0
    assert sorted(run.effects()) == ["gone.0", "moved.0", "moved.1"]
