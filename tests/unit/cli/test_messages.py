"""``celery-safe messages``, on a store and a broker on disk."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from support.shop import Shop

from celery_safe import history


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
    assert "not taken: cc (--unset cc)" in done.stderr
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


def test_show_says_what_no_longer_fits_and_hides_secrets(shop: Shop) -> None:
    shop.shelve("d4", '[["k", {"user": {"password": "hidden"}}], {}, {}]', task="shop.login")
    one = json.loads(shop.command("messages", "show", "-A", "proj", "d4").stdout)
    assert one["args"] == ["***", {"user": {"password": "***"}}]
    assert one["misfit"] is None
    one = json.loads(shop.command("messages", "show", "-A", "proj", "b2").stdout)
    assert one["misfit"].startswith("task shop.charge does not take the call today: not taken: cc")
    exported = shop.command("messages", "export", "-A", "proj")
    assert "hidden" not in exported.stdout
    assert len(exported.stdout.splitlines()) == 4
    (shop.folder / "mine.py").write_text("def hide(task, args, kwargs):\n    return [task], {}\n")
    proj = shop.folder / "proj.py"
    proj.write_text(proj.read_text() + "app.conf.safe_redact = 'mine:hide'\n")
    one = json.loads(shop.command("messages", "show", "-A", "proj", "d4").stdout)
    assert (one["args"], one["kwargs"]) == (["shop.login"], {})


def test_replay_is_paced_and_says_what_became_of_what(shop: Shop) -> None:
    for n in range(4):
        shop.shelve(f"p{n}", f"[[{n}], {{}}, {{}}]")
    begun = time.monotonic()
    done = shop.command("messages", "replay", "-A", "proj", "--id", "p", "--rate", "2")
    assert time.monotonic() - begun > 1.5
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [words[0] for words in lines] == ["p0", "p1", "p2", "p3"]
    assert [json.loads(shop.take().body)[0][0] for _ in range(4)] == [0, 1, 2, 3]
    (note,) = history.lines(shop.store.records, "task-p0")
    assert (note.value["what"], note.value["as_id"]) == ("replayed", lines[0][-1])
    (note,) = history.lines(shop.store.records, lines[0][-1])
    assert (note.value["what"], note.value["of_id"]) == ("replay", "task-p0")
    assert [e.id for e in shop.store.list()] == ["a1", "b2", "c3"]
    wrong = shop.command("messages", "replay", "-A", "proj", "a1", "--rate", "0", code=2)
    assert "rate" in wrong.stderr


def test_a_filter_without_a_kind_speaks_of_dead_letters(shop: Shop) -> None:
    shop.shelve("h1", "[[1], {}, {}]", kind="held")
    done = shop.command("messages", "replay", "-A", "proj", "--task", "shop.*", "--dry-run", code=1)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["a1"]
    gone = shop.command("messages", "discard", "-A", "proj", "--since", "1h", "--yes")
    assert gone.stdout == "2 deleted\n"
    assert [e.id for e in shop.store.list()] == ["c3", "h1"]
    wrong = shop.command("messages", "discard", "-A", "proj", "h1", "--since", "1h", code=2)
    assert "ids and filters together" in wrong.stderr


def test_what_has_never_run_keeps_its_id_and_its_chord(shop: Shop) -> None:
    shop.shelve("h1", '[[1], {}, {"chord": {"task": "body"}}]', kind="held")
    done = shop.command("messages", "replay", "-A", "proj", "h1")
    assert done.stdout.split()[-1] == "task-h1"
    message = shop.take()
    assert message.headers["id"] == "task-h1"
    assert message.headers["group"] == "g"
    assert json.loads(message.body)[2] == {"chord": {"task": "body"}}


def test_what_somebody_else_is_at_is_not_sent_twice(shop: Shop) -> None:
    shop.store.records.reserve("lock", "replay|a1", {"by": "eve"}, 30)
    done = shop.command("messages", "replay", "-A", "proj", "a1", code=1)
    assert "somebody else replays it right now" in done.stderr
    assert shop.take() is None
    assert [e.id for e in shop.store.list()] == ["a1", "b2", "c3"]


def test_a_positional_argument_can_be_mended_and_anything_be_sent_anyway(shop: Shop) -> None:
    done = shop.command("messages", "replay", "-A", "proj", "a1", "--set", "args.2=1", code=1)
    assert "there are only 1 positional arguments" in done.stderr
    shop.command("messages", "replay", "-A", "proj", "a1", "--set", "args.0=7")
    assert json.loads(shop.take().body)[0] == [7]
    shop.command("messages", "replay", "-A", "proj", "b2", "--anyway")
    assert json.loads(shop.take().body)[1] == {"cc": 1, "api_token": "hidden"}


def test_discard_asks_and_export_has_everything(shop: Shop) -> None:
    lines = shop.command(
        "messages", "export", "-A", "proj", "--kind", "dead", "--raw"
    ).stdout.splitlines()
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
