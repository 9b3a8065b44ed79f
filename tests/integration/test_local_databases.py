"""The databases of ``celery_safe.testing.local`` can be killed, frozen and started again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from celery_safe.testing.local import MariaDB, Postgres, ServerMissing, running

pytestmark = [pytest.mark.broker, pytest.mark.own_server]


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest, servers_here: Callable[[str], Any]) -> Any:
    return servers_here(request.param)


@pytest.fixture
def engine(server: Any) -> Engine:
    engine = create_engine(server.database("own"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n INTEGER)"))
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    return engine


def rows(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT n FROM kept")).scalars())


def test_what_was_committed_is_there_after_each_end(server: Any, engine: Engine) -> None:
    for end in (server.kill, server.stop, server.kill):
        open_connection = engine.connect()
        open_connection.execute(text("SELECT 1"))
        end()
        open_connection.invalidate()
        server.start()
        assert rows(engine) == [1]


def test_a_frozen_server_answers_nobody_until_it_goes_on(server: Any, engine: Engine) -> None:
    answers: list[int] = []
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        server.signal(signal.SIGSTOP)
        thread = threading.Thread(
            target=lambda: answers.append(connection.execute(text("SELECT 2")).scalar_one())
        )
        thread.start()
        thread.join(0.5)
        assert answers == []
        server.signal(signal.SIGCONT)
        thread.join(30)
    assert answers == [2]


@pytest.mark.parametrize("kind", [Postgres, MariaDB])
def test_a_server_that_is_not_installed_is_named(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("celery_safe.testing.local._databases._POSTGRES", ())
    monkeypatch.setattr("celery_safe.testing.local._databases._SBIN", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(ServerMissing, match=r"install.* (postgresql|mariadb)"),
        running(kind(tmp_path / "server")),
    ):
        pass
