"""``celery-safe messages``: what waits for its time is listed, moved and cancelled."""

from __future__ import annotations

import json
import sys
import types
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine

from celery_safe import SafeCelery, history, scheduled
from celery_safe.cli import main
from celery_safe.cli._scheduled import in_words
from celery_safe.errors import Misfit
from celery_safe.relay import Relay
from celery_safe.store.sqlalchemy import SQLAlchemyStore


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    store = SQLAlchemyStore(create_engine(f"sqlite:///{tmp_path / 's.db'}"))
    store.init()
    module: Any = types.ModuleType("later")
    module.app = SafeCelery("later", broker="memory://", store=store)
    monkeypatch.setitem(sys.modules, "later", module)
    return module.app


def run(*words: str, code: int = 0) -> Any:
    result = CliRunner().invoke(main, ["messages", words[0], "-A", "later", *words[1:]])
    assert result.exit_code == code, result.output
    return result


def due_in(app: Any, task_id: str) -> float:
    (entry,) = [e for e in app.store.list() if e.message.task_id == task_id]
    return float(entry.due_at - app.store.now())


def test_list_is_by_the_time_and_says_in_how_long(app: Any) -> None:
    late = app.send_task("shop.remind", (1,), countdown=90_000)
    soon = app.send_task("shop.bill", (2,), countdown=4000)
    lines = run("list", "--scheduled").stdout.splitlines()
    assert [line.rpartition("[")[2] for line in lines] == [f"{soon.id}]", f"{late.id}]"]
    assert "in 1h 6m" in lines[0]
    assert "in 1d" in lines[1]
    rows = json.loads(run("list", "--scheduled", "--output-format", "json").stdout)
    assert [r["task_id"] for r in rows] == [soon.id, late.id]
    assert 3900 < rows[0]["due_in"] <= 4000
    assert f"[{late.id}]" in run("list", "--scheduled", "--task", "*.remind").stdout
    assert soon.id not in run("list", "--scheduled", "--task", "*.remind").stdout
    assert len(run("list", "--scheduled", "--limit", "1").stdout.splitlines()) == 1
    assert "leave --kind out" in run("list", "--scheduled", "--kind", "dead", code=2).stderr


def test_a_task_is_moved_to_both_sides(app: Any) -> None:
    task_id = app.send_task("shop.bill", (1,), countdown=4000).id
    run("reschedule", task_id[:8], "--in", "2d")
    assert 172_700 < due_in(app, task_id) <= 172_801
    at = datetime.now(timezone.utc) + timedelta(minutes=20)
    run("reschedule", task_id, "--eta", at.isoformat())
    assert 1100 < due_in(app, task_id) <= 1200
    (entry,) = app.store.list()
    assert abs(datetime.fromisoformat(entry.message.headers["eta"]) - at) < timedelta(seconds=1)
    assert "due at" in entry.reason
    assert "is due" in run("reschedule", task_id, "--in", "0s").stdout
    relay = Relay(app, app.store, ["eta"])
    assert relay.step() == 1
    relay.close()
    lines = history.lines(app.store.records, task_id)
    assert [line.value["what"] for line in lines] == ["rescheduled"] * 3
    assert "no message" in run("reschedule", task_id, "--in", "1h", code=2).stderr


def test_what_cannot_be_moved_is_said_and_stays(app: Any, monkeypatch: Any) -> None:
    task_id = app.send_task("shop.bill", (1,), countdown=4000, expires=8000).id
    assert "would be dropped then" in run("reschedule", task_id, "--in", "3h", code=1).stderr
    assert 3900 < due_in(app, task_id) <= 4000
    for wrong in ((), ("--in", "2h", "--eta", "2030-01-01")):
        assert "say when" in run("reschedule", task_id, *wrong, code=2).stderr
    assert "is no time" in run("reschedule", task_id, "--in", "soon", code=2).stderr
    (entry,) = app.store.list()
    app.store.replace(entry.id, scheduled.New(entry.message, "eta", 0.0, id=entry.id))
    app.store.claim("somebody", 60, 1, ["eta"])
    assert "being published" in run("reschedule", task_id, "--in", "1h", code=1).stderr
    app.store.put([scheduled.New(entry.message, "dead", None, id="dead")])
    (dead,) = [e for e in app.store.list() if e.kind == "dead"]
    with pytest.raises(Misfit, match="messages replay"):
        scheduled.reschedule(app, dead, 0.0)


def test_cancelled_by_id_and_by_its_result(app: Any) -> None:
    first = app.send_task("shop.bill", (1,), countdown=4000)
    second = app.send_task("shop.bill", (2,), countdown=4000)
    run("discard", first.id, "--yes")
    assert [e.message.task_id for e in app.store.list()] == [second.id]
    second.revoke()
    assert app.store.list() == []
    assert run("list", "--scheduled").stdout == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "now"), (0.9, "now"), (59, "in 59s"), (3660, "in 1h 1m"), (2 * 86400 + 5, "in 2d 5s")],
)
def test_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
