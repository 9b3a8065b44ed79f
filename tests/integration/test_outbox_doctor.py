"""Each thing that `celery-safe outbox doctor` knows, on a real server that is wrong in this way."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from django.db import connections
from sqlalchemy import create_engine, make_url
from support import django_databases
from support.bench import Servers

from celery_safe import SafeCelery
from celery_safe.doctor import outbox as doctor
from celery_safe.store.django import DjangoStore
from celery_safe.store.sqlalchemy import SQLAlchemyStore
from celery_safe.testing.local import free_port, until

pytestmark = pytest.mark.broker


@pytest.fixture
def url(servers: Servers) -> Any:
    """Of a PostgreSQL database of its own."""
    return make_url(servers("postgres").database(f"doctor_{uuid.uuid4().hex[:12]}"))


@pytest.fixture
def app(servers: Servers, url: Any) -> Iterator[Any]:
    made: Any = SafeCelery(
        "doctor", broker=servers("redis").url(), store=SQLAlchemyStore(create_engine(url))
    )
    made.store.init()
    yield made
    made.store.engine.dispose()


def problems(app: Any) -> dict[str, str]:
    return {f.check: f.text for f in doctor.examine(app) if not f.is_fine}


def execute(app: Any, *statements: str) -> None:
    with app.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def pooler(url: Any, tmp_path: Path) -> Iterator[Any]:
    """The URL of the database by a real PgBouncer in transaction mode."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pgbouncer is not installed")
    port, user = free_port(), "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    # Test folders are closed to other users, and it does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="celery-safe-pgbouncer-"))
    folder.chmod(0o755)
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={url.host} port={url.port} user=postgres\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {folder}/users\npool_mode = transaction\n"
    )
    with (tmp_path / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [program, str(folder / "ini")], stdout=log, stderr=log,
            user=user if os.geteuid() == 0 else None,
        )  # fmt: skip

    def answers() -> bool:
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, f"pgbouncer answers, see {tmp_path}", 60)
        yield url.set(port=port)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


def test_nothing_is_wrong(app: Any) -> None:
    assert problems(app) == {}


def test_deaf_behind_pgbouncer(app: Any, pooler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery_safe.store._notify.PROBE", 1.0)
    # What is prepared on one connection of the pooler is not on the next.
    engine = create_engine(pooler, connect_args={"prepare_threshold": None})
    app._store = SQLAlchemyStore(engine)
    found = problems(app)
    assert list(found) == ["notifications"]
    assert found["notifications"].startswith("NOTIFY does not arrive, as behind a pooler")
    assert "Give the store a direct connection" in found["notifications"]
    engine.dispose()


def test_missing_index(app: Any) -> None:
    execute(app, "DROP INDEX celery_safe_messages_due")
    assert problems(app)["indexes"].startswith(
        "celery_safe_messages lacks celery_safe_messages_due"
    )


def test_dead_rows_and_an_old_snapshot(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DEAD", 1000)
    monkeypatch.setattr(doctor, "OLD", 1)
    execute(
        app,
        "ALTER TABLE celery_safe_messages SET (autovacuum_enabled = off)",
        "INSERT INTO celery_safe_messages SELECT n, 'outbox', 0, 0, 0, NULL, NULL, '', '', '', '', '', "
        "'', '', '', '', 0, 1 FROM generate_series(1, 2000) n",
    )
    old = app.store.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    old.exec_driver_sql("SELECT 1 FROM celery_safe_messages")
    execute(app, "DELETE FROM celery_safe_messages")
    until(lambda: {"dead rows", "old snapshots"} <= set(problems(app)), "both are found", 60)
    found = problems(app)
    assert found["dead rows"].startswith("2000 dead rows in celery_safe_messages: VACUUM")
    assert "a transaction has been open for" in found["old snapshots"]
    old.close()


def test_no_broker_and_no_confirms(servers: Servers, app: Any) -> None:
    app.conf.broker_url = servers("rabbitmq").url()
    app.conf.broker_transport_options = {"confirm_publish": False}
    assert list(problems(app)) == ["confirms"]
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    assert problems(app)["broker"].startswith("could not be asked: OperationalError")


def test_tables_are_missing(app: Any) -> None:
    execute(app, "DROP TABLE celery_safe_messages")
    assert "run `celery-safe store init`" in problems(app)["tables"]


def test_clocks(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.time, "time", lambda now=doctor.time.time: now() + 60)
    assert problems(app)["clocks"].startswith("the store's clock is -60.0 s")


@pytest.fixture
def on_django(servers: Servers, request: pytest.FixtureRequest) -> Iterator[Any]:
    """An app with a DjangoStore on PostgreSQL or MariaDB, with the given options."""
    kind, options = request.param
    if kind == "mariadb":  # Django asks for mysqlclient, which needs a compiler
        pymysql.version_info = (2, 2, 7, "final", 0)
        pymysql.install_as_MySQLdb()
    at = make_url(servers(kind).database(f"doctor_{uuid.uuid4().hex[:12]}"))
    alias = django_databases.add(
        ENGINE=f"django.db.backends.{'postgresql' if kind == 'postgres' else 'mysql'}",
        NAME=at.database, USER=at.username, HOST=at.host, PORT=str(at.port), OPTIONS=options,
    )  # fmt: skip
    made: Any = SafeCelery(
        "doctor", broker=servers("redis").url(), store=lambda: DjangoStore(alias)
    )
    made.store.init()
    yield made
    django_databases.remove(alias)


@pytest.mark.parametrize("on_django", [("postgres", {})], indirect=True)
def test_django_without_an_index(on_django: Any) -> None:
    assert problems(on_django) == {}
    with connections[on_django.store.using].cursor() as cursor:
        cursor.execute("DROP INDEX celery_safe_messages_due")
    assert "lacks celery_safe_messages_due" in problems(on_django)["indexes"]


@pytest.mark.parametrize(
    "on_django", [("mariadb", {"isolation_level": "repeatable read"})], indirect=True
)
def test_isolation_that_locks_out_whoever_sends(on_django: Any) -> None:
    assert "transactions are REPEATABLE-READ" in problems(on_django)["isolation"]
