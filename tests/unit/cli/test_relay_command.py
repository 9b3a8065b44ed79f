"""``celery-safe relay``, with a broker in memory; the real ones are in tests/integration."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from click.testing import CliRunner

from celery_safe import SafeCelery
from celery_safe.cli import main
from celery_safe.message import Message
from celery_safe.store import New
from celery_safe.store.memory import MemoryStore


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    module: Any = types.ModuleType("relayed")
    module.app = SafeCelery("relayed", broker="memory://", store=MemoryStore())
    monkeypatch.setitem(sys.modules, "relayed", module)
    return module.app


def message(task_id: str) -> Message:
    headers = {"id": task_id, "task": "t"}
    return Message(b"[[],{},{}]", "application/json", "utf-8", headers, {}, "", "celery")


def test_once_moves_what_is_due(app: Any) -> None:
    app.store.put([New(message("a"), "outbox"), New(message("b"), "eta")])
    app.store.put([New(message("c"), "eta", 60), New(message("d"), "dead", None)])
    result = CliRunner().invoke(main, ["relay", "-A", "relayed", "--once"])
    assert (result.exit_code, result.output) == (0, "2 sent\n")
    assert {e.message.task_id for e in app.store.list()} == {"c", "d"}


def test_broker_that_is_away_is_one_line(app: Any) -> None:
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    app.store.put([New(message("a"), "outbox")])
    result = CliRunner().invoke(main, ["relay", "-A", "relayed", "--once"])
    assert result.exit_code == 2
    assert "the broker cannot be reached" in result.output
    assert app.store.count().messages == 1


def test_app_without_store_is_one_line(app: Any) -> None:
    app._store = None
    result = CliRunner().invoke(main, ["relay", "-A", "relayed", "--once"])
    assert result.exit_code == 2
    assert "has no message store" in result.output


def test_unknown_relay_of_an_app_is_refused() -> None:
    with pytest.raises(ValueError, match='takes "worker" or None'):
        SafeCelery("x", relay="thread", store=MemoryStore())  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="store="):
        SafeCelery("x", relay="worker")
