"""assert_idempotent catches what comes about twice, and passes what does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import sqlalchemy

ledger: list[int] = []
bank = Mock()
state = SimpleNamespace(balance=0, paid={})


def note(order: int) -> None:
    ledger.append(order)


def appends(order: int) -> None:
    ledger.append(order)


def by_a_helper(order: int) -> None:
    note(order)


def calls_a_mock(order: int) -> None:
    bank.pay(order)


def adds_up(order: int) -> None:
    state.balance += order


def writes_a_file(order: int) -> None:
    with Path("effects.log").open("a") as file:
        file.write(f"{order}\n")


def inserts(order: int) -> None:
    with sqlite3.connect("shop.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS payment (orderid INTEGER)")
        connection.execute("INSERT INTO payment VALUES (?)", [order])
    connection.close()


def only_after_a_crash(order: int) -> None:
    """Tells its second delivery by what it did, not by what it completed."""
    if state.paid.get(order, 0) < 2:
        state.paid[order] = state.paid.get(order, 0) + 1


def upserts(order: int) -> None:
    with sqlite3.connect("shop.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS payment (orderid INTEGER PRIMARY KEY)")
        connection.execute("INSERT OR IGNORE INTO payment VALUES (?)", [order])
    connection.close()


def overwrites(order: int) -> None:
    Path("effects.log").write_text(f"{order}\n")


def asks_first(order: int) -> None:
    if order not in ledger:
        ledger.append(order)


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ledger.clear()
    bank.reset_mock()
    state.balance, state.paid = 0, {}


@pytest.mark.parametrize(
    ("function", "where"),
    [
        (appends, "ledger"), (by_a_helper, "ledger"), (calls_a_mock, "bank"), (adds_up, "state"),
        (writes_a_file, "effects.log"), (inserts, "shop.db"), (only_after_a_crash, "state"),
    ],
)  # fmt: skip
def test_it_is_caught(
    safe_app: Any, assert_idempotent: Any, function: Callable[..., Any], where: str
) -> None:
    task = safe_app.task(name="shop.charge", shared=False)(function)
    with pytest.raises(
        AssertionError, match=f"shop.charge is not idempotent: delivered twice(.|\n)*{where}"
    ):
        assert_idempotent(task, 7)


@pytest.mark.parametrize("function", [upserts, overwrites, asks_first])
def test_it_passes(safe_app: Any, assert_idempotent: Any, function: Callable[..., Any]) -> None:
    task = safe_app.task(name="shop.charge", shared=False)(function)
    assert_idempotent(task, order=7)


def test_what_only_a_crash_shows(safe_app: Any, assert_idempotent: Any, safe_worker: Any) -> None:
    """The third run differs from the second: nothing but its delivery after a crash tells it."""
    done: list[str] = []

    @safe_app.task(name="shop.charge", shared=False)
    def charge() -> None:
        if len(done) == 0 or safe_worker.crashes:
            done.append("paid")

    with pytest.raises(AssertionError, match=r"run again after a crash at its end(.|\n)*done"):
        assert_idempotent(charge)


def pays_and_notes(order: int) -> None:
    """Bears any repetition of its whole, and not the death between its effects."""
    if order in state.paid:
        return
    ledger.append(order)
    state.paid[order] = True


def notes_and_pays(order: int) -> None:
    state.paid[order] = True
    if order not in ledger:
        ledger.append(order)


def undo() -> None:
    ledger.clear()
    state.paid.clear()


def test_a_crash_at_each_line(safe_app: Any, assert_idempotent: Any, safe_worker: Any) -> None:
    task = safe_app.task(name="shop.charge", shared=False)(pays_and_notes)
    assert_idempotent(task, 7)
    undo()
    with pytest.raises(
        AssertionError,
        match=r"a crash before line \d+, `state.paid\[order\] = True`, it left(.|\n)*"
        r"ledger\n    after one run: \[7\]\n    now:           \[7, 7\]",
    ):
        assert_idempotent.at_each_line(undo)(task, 7)
    undo()
    before = safe_worker.crashes
    good = safe_app.task(name="shop.good", shared=False)(notes_and_pays)
    assert_idempotent.at_each_line(reset=undo)(good, 7)
    assert safe_worker.crashes == before + 4, "three lines and the end"


def test_a_reset_that_leaves_something(safe_app: Any, assert_idempotent: Any) -> None:
    task = safe_app.task(name="shop.charge", shared=False)(notes_and_pays)
    with pytest.raises(
        AssertionError,
        match=r"reset\(\) does not undo what shop.charge does:\n  ledger\n"
        r"    before the first run: \[\]\n    now:                  \[7\]",
    ):
        assert_idempotent.at_each_line(lambda: state.paid.clear())(task, 7)


def test_a_file_at_each_line(safe_app: Any, assert_idempotent: Any) -> None:
    task = safe_app.task(name="shop.charge", shared=False)(overwrites)
    assert_idempotent.at_each_line(Path("effects.log").unlink)(task, 7)


def test_a_database_behind_an_engine(safe_app: Any, assert_idempotent: Any) -> None:
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE payment (id INTEGER)"))

    @safe_app.task(name="shop.charge", shared=False)
    def charge(order: int) -> None:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"INSERT INTO payment VALUES ({order})"))

    with pytest.raises(AssertionError, match=r"engine\n.*after one run: .*\(7,\)"):
        assert_idempotent(charge, 7)


def test_what_cannot_be_seen_is_said(safe_app: Any, assert_idempotent: Any) -> None:
    @safe_app.task(name="shop.nothing", shared=False)
    def nothing(order: int) -> int:
        return order

    with pytest.raises(AssertionError, match=r"changed nothing that can be seen.*looking_at"):
        assert_idempotent(nothing, 7)

    remote: list[int] = []
    outside = {"append": remote.append}

    @safe_app.task(name="shop.far", shared=False)
    def far(order: int) -> None:
        outside["append"](order)

    with pytest.raises(AssertionError, match=r"not idempotent(.|\n)*task_effects"):
        assert_idempotent.looking_at(lambda: list(remote))(far, 7)


def test_a_task_that_fails_is_not_called_idempotent(safe_app: Any, assert_idempotent: Any) -> None:
    @safe_app.task(name="shop.fails", shared=False)
    def fails(order: int) -> None:
        ledger.append(order)
        raise KeyError(order)

    with pytest.raises(AssertionError, match=r"shop.fails, run once: FAILURE KeyError\(7\)"):
        assert_idempotent(fails, 7)
