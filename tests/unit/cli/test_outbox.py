"""``celery-safe outbox``: what waits, and what is wrong."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine

from celery_safe import SafeCelery
from celery_safe.cli import main
from celery_safe.message import Message
from celery_safe.relay import ordering
from celery_safe.store import New
from celery_safe.store.sqlalchemy import SQLAlchemyStore


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    store = SQLAlchemyStore(create_engine(f"sqlite:///{tmp_path / 's.db'}"))
    store.init()
    module: Any = types.ModuleType("waiting")
    module.app = SafeCelery("waiting", broker="memory://", store=store)
    monkeypatch.setitem(sys.modules, "waiting", module)
    return module.app


def entry(number: int, kind: Any = "outbox", delay: float | None = 0.0, error: str = "") -> New:
    headers = {"id": f"id-{number}", "task": "t"}
    message = Message(b"[[],{},{}]", "application/json", "utf-8", headers, {}, "", "celery")
    return New(message, kind, delay, error=error)


def run(*words: str) -> Any:
    return CliRunner().invoke(main, ["outbox", *words])


def test_status(app: Any) -> None:
    app.store.put([entry(1), entry(2, error="NotFound: no exchange"), entry(3, "eta", 60)])
    app.store.put([entry(4, "dead", None)])
    result = run("status", "-A", "waiting", "--output-format", "json")
    facts = json.loads(result.output)
    assert (facts["outbox"], facts["scheduled"], facts["dead_letters"]) == (2, 1, 1)
    assert (facts["with_errors"], facts["last_error"]) == (1, "NotFound: no exchange")
    assert facts["change_per_second"] == 0
    assert "oldest seconds" in run("status", "-A", "waiting").output


def test_a_key_that_is_held_back_is_in_the_status_and_no_reason_to_look_for_a_relay(
    app: Any,
) -> None:
    app.store.put([entry(1, "ordered", -100)])
    assert "is a relay running?" in run("doctor", "-A", "waiting").output
    value = ordering.Blocked("1", "in the order of 'a'", 0.0, 3, "no queue takes it")
    app.store.records.write(ordering.BLOCKED, "a", vars(value))
    assert "is a relay running?" not in run("doctor", "-A", "waiting").output
    facts = json.loads(run("status", "-A", "waiting", "--output-format", "json").output)
    assert (facts["outbox"], facts["keys_held_back"], facts["last_error"]) == (
        1, 1, "no queue takes it",
    )  # fmt: skip


def test_status_waits_for_the_drain(app: Any) -> None:
    assert run("status", "-A", "waiting", "--drain").exit_code == 0
    app.store.put([entry(1)])
    assert run("status", "-A", "waiting", "--drain", "--timeout", "0.2").exit_code == 1


def test_doctor_finds_nothing_wrong(app: Any) -> None:
    result = run("doctor", "-A", "waiting")
    assert result.exit_code == 0, result.output
    assert "ok       indexes: fine" in result.output


def test_doctor_names_each_problem(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app.store.put([entry(1)])
    with app.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX celery_safe_messages_due")
        connection.exec_driver_sql("UPDATE celery_safe_messages SET due_at = due_at - 90")
    now = app.store.now
    monkeypatch.setattr(app.store, "now", lambda: now() + 5)
    app.conf.broker_url = "amqp://guest@127.0.0.1:1//"
    app.conf.broker_transport_options = {"confirm_publish": False, "connect_retries_timeout": 0.1}
    result = run("doctor", "-A", "waiting")
    assert result.exit_code == 1
    problems = [line for line in result.output.splitlines() if line.startswith("PROBLEM")]
    for word in ("indexes: ", "clocks: the store's clock is +", "broker: could not be asked",
                 "confirms: confirm_publish is off", "is a relay running?"):  # fmt: skip
        assert any(word in line for line in problems), (word, result.output)
