"""A relay that died between publishing and deleting: its messages come twice, and run once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from support.bench import Servers, kill_tree
from support.relays import COMMAND, Relays

from celery_safe import history
from celery_safe.gate.dedupe import TOPIC
from celery_safe.outbox import outbox
from celery_safe.relay import Relay
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker


@pytest.fixture(params=["redis"])
def run(servers: Servers, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Relays]:
    made = Relays(servers, request.param, tmp_path, DEDUPE="600")
    yield made
    made.close()


def send(run: Relays, name: str, *args: object) -> str:
    with Session(run.store.engine) as session, session.begin(), outbox(session):
        return str(run.app.send_task(name, args).id)


def publish_and_die(run: Relays) -> None:
    """Publish all, and lose what was decided of the rows."""
    relay = Relay(run.app, run.store, ["outbox"])
    relay.publisher.ready()
    with pytest.raises(ZeroDivisionError), run.store.hold(100, ["outbox"]) as held:
        sent, outage = relay.publish(held)
        assert (sent, outage) == (len(held.entries), None)
        raise ZeroDivisionError
    relay.close()


def test_each_runs_once_and_the_others_are_counted(run: Relays) -> None:
    ids = [send(run, "work", n) for n in range(5)]
    send(run, "again", "r", 0)
    publish_and_die(run)
    publish_and_die(run)
    run.relay("--once").wait(60)
    assert run.store.count().messages == 0
    run.app.send_task("work", ("last",))
    run.worker("-P", "prefork")
    until(lambda: "last" in run.effects(), f"the worker has run all, see {run.folder / 'log'}")
    until(lambda: "r.1" in run.effects(), "the retry has run")
    once = Counter([*map(str, range(5)), "r.0", "r.1", "last"])
    assert Counter(run.effects()) == once
    until(lambda: run.log().count("a duplicate of a message") == 12, "two of each are dropped")
    lines = [line.value["what"] for line in history.lines(run.store.records, ids[0])]
    assert lines == ["duplicate", "duplicate"]
    assert len(run.store.records.read(TOPIC)) == 7  # five, the first try and its retry
    run.start("-c", COMMAND, "why", "-A", "outbox_app", ids[0]).wait(60)
    assert "duplicate: a duplicate of a message whose run has ended" in run.log()


@pytest.mark.parametrize("run", ["rabbitmq"], indirect=True)
def test_what_a_killed_worker_had_begun_runs_again(run: Relays) -> None:
    send(run, "killed", 1)
    publish_and_die(run)
    first = run.worker("-P", "prefork")
    until(lambda: run.effects() == ["1"], f"it has begun, see {run.folder / 'log'}")
    first.wait(60)
    kill_tree(first)
    run.worker("-P", "prefork")
    until(lambda: run.effects() == ["1", "1"], f"it runs again, see {run.folder / 'log'}", 120)
    until(lambda: len(run.store.records.read(TOPIC)) == 1, "its end is written down")
    run.relay("--once").wait(60)
    run.app.send_task("work", ("last",))
    until(lambda: "last" in run.effects(), "the worker goes on")
    assert run.effects() == ["1", "1", "last"]
