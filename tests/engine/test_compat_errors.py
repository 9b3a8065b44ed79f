"""The errors in the findings CS701 to CS707 are those that Celery raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import NotRegistered
from celery.worker.consumer.consumer import UNKNOWN_TASK_ERROR
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads, registry

from lint_rules._engine import wire
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Finding
from lint_rules._engine.rules import all_rules, check_paths
from lint_rules._engine.since import Revision

HEAD = "from celery import Celery\napp = Celery('x', set_as_current=False)\n"
RULES = tuple(rule for rule in all_rules() if rule.code.startswith("CS7"))


def source(signature: str, *, bind: bool = False) -> str:
    decorator = f"@app.task(name='shop.charge', shared=False, bind={bind})"
    return f"{HEAD}{decorator}\ndef charge({'self, ' * bind}{signature}):\n    return 'ran'\n"


def findings(tmp_path: Path, old: str, new: str) -> list[Finding]:
    file = tmp_path / "tasks.py"
    file.write_text(new)
    before = Revision("main", {file: old.encode()})
    return list(check_paths([file], Config(), RULES, before=before).findings)


def outcome(text: str, args: list[int], kwargs: dict[str, int]) -> str:
    """What a worker with this code makes of a message."""
    names: dict[str, Any] = {"__name__": "shop"}
    exec(text, names)
    app: Celery = names["app"]
    result = app.tasks["shop.charge"].apply(args=args, kwargs=kwargs).result
    return f"{type(result).__name__}: {result}" if isinstance(result, Exception) else str(result)


@pytest.mark.parametrize("bind", [False, True])
@pytest.mark.parametrize(
    ("code", "old", "new", "args", "kwargs"),
    [
        ("CS703", "order_id", "order_id, currency", [], {"order_id": 1}),
        ("CS703", "order_id", "order_id, *, currency", [1], {}),
        ("CS703", "order_id, currency=1", "order_id, currency", [1], {}),
        ("CS704", "order_id, note=''", "order_id", [], {"order_id": 1, "note": 2}),
        ("CS704", "order_id", "order", [], {"order_id": 1}),
        ("CS704", "a, b=1", "a, *, b=1", [1, 2], {}),
        ("CS704", "a, b=1", "a, b=1, /", [], {"a": 1, "b": 2}),
        ("CS704", "a, *args", "a", [1, 2], {}),
    ],
)
def test_an_old_message_in_a_new_worker(
    tmp_path: Path,
    code: str,
    old: str,
    new: str,
    args: list[int],
    kwargs: dict[str, int],
    bind: bool,
) -> None:
    before, now = source(old, bind=bind), source(new, bind=bind)
    assert outcome(before, args, kwargs) == "ran"
    error = outcome(now, args, kwargs)
    assert error.startswith("TypeError: charge() ")
    found = [f.message for f in findings(tmp_path, before, now) if f.code == code]
    assert len(found) == 1
    assert f'an old message that a new worker gets fails with "{error}"' in found[0]


@pytest.mark.parametrize(
    ("code", "old", "new", "kwargs"),
    [
        ("CS703", "order_id", "order_id, currency", {"order_id": 1, "currency": 2}),
        ("CS705", "order_id", "order_id, currency=1", {"order_id": 1, "currency": 2}),
        ("CS704", "order_id", "order", {"order": 1}),
    ],
)
def test_a_new_message_in_an_old_worker(
    tmp_path: Path, code: str, old: str, new: str, kwargs: dict[str, int]
) -> None:
    assert outcome(source(new), [], kwargs) == "ran"
    error = outcome(source(old), [], kwargs)
    assert error.startswith("TypeError: charge() got an unexpected keyword argument")
    found = [f.message for f in findings(tmp_path, source(old), source(new)) if f.code == code]
    assert len(found) == 1
    assert f'"{error}"' in found[0]


def test_changed_places_raise_nothing(tmp_path: Path) -> None:
    old, new = source("a, b"), source("b, a")
    assert outcome(new, [1, 2], {}) == "ran"
    (found,) = findings(tmp_path, old, new)
    assert "raises nothing and has values in the wrong parameters" in found.message


def test_an_unknown_task(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, source("a"), HEAD)
    logged = UNKNOWN_TASK_ERROR.splitlines()[0] % "'shop.charge'"
    assert logged.rstrip(".") in found.message
    assert NotRegistered.__name__ in found.message


@pytest.mark.parametrize("name", sorted(wire.CONTENT_TYPES))
def test_content_that_is_not_accepted(tmp_path: Path, name: str) -> None:
    content_type, *_ = registry._encoders[name]
    assert wire.CONTENT_TYPES[name] == content_type
    if name == "json":
        return
    new = source("a").replace("bind=False", f"serializer={name!r}")
    (found,) = findings(tmp_path, source("a"), new)
    with pytest.raises(ContentDisallowed) as raised:
        loads(b"", content_type, "utf-8", accept={dumps({}, "json")[0]})
    assert f"ContentDisallowed: {raised.value}" in found.message
