"""Context managers of the project that commit, and sessions called ``db``, are transactions for CS202."""

from __future__ import annotations

from pathlib import Path

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

TEXT = """from contextlib import contextmanager

from shop.db import Session, connect
from shop.tasks import a


@contextmanager
def committed():
    session = Session()
    try:
        yield session
        session.commit()
    finally:
        session.close()


@contextmanager
def read():
    session = Session()
    yield session
    session.close()


class Connection:
    def __enter__(self):
        return connect()

    def __exit__(self, *error):
        self.conn.commit()


def with_own_context_managers(order, save_order):
    with committed() as session:
        session.add(order)
        a.delay(order.pk)  # error: CS202
    a.delay(order.pk)
    with Connection() as conn:
        save_order(conn, order)
        a.delay(order.pk)  # error: CS202
    with Connection() as conn:
        order.save(conn)
        a.delay(order.pk)  # error: CS202
    with committed() as session:
        a.delay(session.get(order))
    with Connection() as conn:
        a.delay(count_orders(conn))
    with read() as session:
        session.add(order)
        a.delay(order.pk)


def before_commit_of_db(db, order, shelf):
    db.add(order)
    a.delay(order.pk)  # error: CS202
    db.commit()
    a.delay(order.pk)
    shelf.add(order)
    a.delay(order.pk)
    shelf.commit()


def notify(order):
    a.delay(order.pk)


def through_a_call(session, order):
    session.add(order)
    notify(order)  # error: CS202
    session.commit()
    notify(order)


def by_a_name(session, order):
    send = a.delay
    session.add(order)
    send(order.pk)  # error: CS202
    session.commit()
    send(order.pk)


def after_a_statement(session, conn, insert, order):
    session.execute(insert(order).values(id=1))
    a.delay(order.pk)  # error: CS202
    session.commit()
    conn.execute(order.table.update().values(id=2))
    a.delay(order.pk)  # error: CS202
    conn.commit()
    session.execute("select 1")
    a.delay(order.pk)
    session.commit()


class UnitOfWork:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.session.commit()


def in_a_unit_of_work(order):
    with UnitOfWork() as unit:
        unit.session.add(order)
        a.delay(order.pk)  # error: CS202
    with UnitOfWork() as unit:
        unit.session.get(order)
        a.delay(order.pk)
"""
TASKS = "from celery import shared_task\n@shared_task\ndef a(x=None): pass\n"


def test_sends_in_them_are_found(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    for name, text in {"__init__.py": "", "tasks.py": TASKS, "use.py": TEXT}.items():
        (package / name).write_text(text)
    rules = [r for r in all_rules() if r.code == "CS202"]
    found = check_paths([tmp_path], Config(), rules).findings
    marked = [n for n, line in enumerate(TEXT.splitlines(), 1) if "# error" in line]
    assert [f.line for f in found] == marked
    assert "notify(), which sends: a.delay() (use.py:" in found[4].message
    assert "inside committed(), which commits at its end" in found[0].message


def test_one_of_another_file_is_known(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    own, use = TEXT.split("def with_own_context_managers", 1)
    use = use.split("with Connection", 1)[0].rpartition("\n")[0]
    head = "from shop.tasks import a\nfrom shop.own import committed\n"
    own = own.replace("from shop.tasks import a\n", "")
    files = {
        "__init__.py": "",
        "tasks.py": TASKS,
        "own.py": own,
        "use.py": f"{head}def with_own_context_managers{use}\n",
    }
    for name, text in files.items():
        (package / name).write_text(text)
    rules = [r for r in all_rules() if r.code == "CS202"]
    [found] = check_paths([tmp_path], Config(), rules).findings
    assert Path(found.path).name == "use.py"
