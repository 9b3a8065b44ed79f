"""``celery-safe messages``, on a store and a broker on disk."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from support.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.shelve(
        "a1", '[[1], {"currency": "CHF"}, {"chord": {"task": "x"}}]', reason="ValueError: no"
    )
    shop.shelve("b2", '[[2], {"cc": 1, "api_token": "hidden"}, {}]', error="Traceback: boom")
    shop.shelve("c3", "[[3], {}, {}]", kind="unknown", task="shop.gone")
    return shop


def test_list_and_show(shop: Shop) -> None:
    text = shop.command("messages", "list", "-A", "proj", "--kind", "dead")
    assert [line.split()[0] for line in text.stdout.splitlines()] == ["a1", "b2"]
    assert "ValueError: no" in text.stdout
    assert "2 of 2 messages" in text.stderr
    rows = json.loads(
        shop.command(
            "messages", "list", "-A", "proj", "--task", "shop.ch*", "--output-format", "json"
        ).stdout
    )
    assert [r["task_id"] for r in rows] == ["task-a1", "task-b2"]
    one = json.loads(shop.command("messages", "show", "-A", "proj", "task-b2").stdout)
    assert (one["kwargs"], one["error"]) == ({"cc": 1, "api_token": "***"}, "Traceback: boom")
    assert "no message 'zz'" in shop.command("messages", "show", "-A", "proj", "zz", code=2).stderr
    assert shop.command("messages", "list", "-A", "proj", "--since", "2h").stdout.count("\n") == 3
    assert (
        "is no time"
        in shop.command("messages", "list", "-A", "proj", "--since", "x", code=2).stderr
    )


def test_replay_is_a_new_task_and_leaves_the_shelf(shop: Shop) -> None:
    done = shop.command("messages", "replay", "-A", "proj", "--dry-run", "--kind", "dead", code=1)
    assert "would be sent: shop.charge[task-a1]" in done.stdout
    assert "unexpected keyword argument 'cc'" in done.stderr
    assert shop.take() is None
    done = shop.command("messages", "replay", "-A", "proj", "--kind", "dead", code=1)
    assert "sent as" in done.stdout
    assert [e.id for e in shop.store.list()] == ["b2", "c3"]
    message = shop.take()
    assert message.headers["id"] in done.stdout
    assert {k: message.headers[k] for k in ("replayed_from", "root_id", "retries", "group")} == {
        "replayed_from": "task-a1", "root_id": "root", "retries": 0, "group": None,
    }  # fmt: skip
    assert json.loads(message.body) == [[1], {"currency": "CHF"}, {"chord": None}]
    assert shop.take() is None


def test_replay_mends_what_no_longer_fits(shop: Shop) -> None:
    wrong = shop.command("messages", "replay", "-A", "proj", "b2", "--set", "cc=null", code=2)
    assert "write kwargs.name=value" in wrong.stderr
    wrong = shop.command("messages", "replay", "-A", "proj", "b2", "--set", "kwargs.cc=abc", code=2)
    assert "is no JSON" in wrong.stderr
    assert "say which" in shop.command("messages", "replay", "-A", "proj", code=2).stderr
    done = shop.command("messages", "replay", "-A", "proj", "c3", code=1)
    assert "shop.gone is not known to this app" in done.stderr
    assert len(shop.store.list()) == 3
    shop.command(
        "messages", "replay", "-A", "proj", "b2", "--unset", "cc", "--unset", "api_token",
        "--set", 'kwargs.currency="USD"',
    )  # fmt: skip
    assert json.loads(shop.take().body)[1] == {"currency": "USD"}


def test_discard_asks_and_export_has_everything(shop: Shop) -> None:
    lines = shop.command("messages", "export", "-A", "proj", "--kind", "dead").stdout.splitlines()
    first = json.loads(lines[0])
    assert base64.b64decode(first["body"]).startswith(b"[[1]")
    assert first["meta"]["headers"]["task"] == "shop.charge"
    shop.command("messages", "discard", "-A", "proj", "a1", code=1, stdin="n\n")
    assert len(shop.store.list()) == 3
    assert "1 deleted" in shop.command("messages", "discard", "-A", "proj", "a1", "--yes").stdout
    assert [e.id for e in shop.store.list()] == ["b2", "c3"]


def test_an_app_without_a_store_says_how_to_have_one(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    (tmp_path / "proj.py").write_text(
        "from celery_safe import SafeCelery\napp = SafeCelery('proj')\n"
    )
    assert "has no message store" in shop.command("messages", "list", "-A", "proj", code=2).stderr
    (tmp_path / "proj.py").write_text("import nothing_like_it\n")
    assert "cannot be loaded" in shop.command("messages", "list", "-A", "proj", code=2).stderr
