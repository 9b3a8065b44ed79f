"""The pages of the outbox, done as they are written: on PostgreSQL, Redis and real workers."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import create_engine, text
from support.bench import ROOT, Servers
from support.pages import Shell, follow

pytestmark = pytest.mark.broker
PAGES = ["outbox-fastapi", "outbox-flask", "outbox-django", "migrate-from-on-commit"]


@pytest.fixture
def newcomer(servers: Servers, servers_here: Servers, tmp_path: Path) -> Any:
    """Does what a page says in an empty folder; the broker is its own, as pages use the queue that everybody has."""
    folder = tmp_path / "newcomer"
    folder.mkdir()

    def run(page: str, **env: str) -> Shell:
        env["BROKER_URL"] = servers_here("redis").url()
        shell = follow(ROOT / f"docs/how-to/{page}.md", folder, env)
        shell.close()
        return shell

    run.folder = folder  # type: ignore[attr-defined]
    return run


@pytest.mark.own_server
@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, servers: Servers, newcomer: Any) -> None:
    newcomer(page, DATABASE_URL=servers("postgres").database(f"page_{uuid.uuid4().hex[:12]}"))


#: What django-celery-outbox 0.4.3 writes for some calls; the second is over since the call.
ROWS: list[tuple[int, dict[str, Any]]] = [
    (1, {"ignore_result": False}),
    (2, {"expires": 5, "ignore_result": False}),
    (3, {
        "eta": "2026-01-01T00:00:00+00:00", "priority": 3,
        "link": [{"task": "shop.send_receipt", "args": [4], "kwargs": {}, "options": {},
                  "subtask_type": None, "immutable": True}],
    }),
    (5, {
        "chain": [{"task": "shop.send_receipt", "args": [6], "kwargs": {},
                   "options": {"task_id": "d8bea2fa-eb13-447e-ab50-2fec896a77c3"},
                   "subtask_type": None, "immutable": True}],
    }),
    (7, {"expires": "2099-01-01T00:00:00+00:00", "queue": "celery"}),
]  # fmt: skip


@pytest.mark.own_server
def test_rows_of_django_celery_outbox(
    newcomer: Any, servers: Servers, servers_here: Servers
) -> None:
    url = servers("postgres").database(f"page_{uuid.uuid4().hex[:12]}")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE celery_outbox (id bigint PRIMARY KEY, created_at timestamptz, "
            "task_id varchar(255), task_name varchar(255), args jsonb, kwargs jsonb, options jsonb, "
            "sentry_trace_id varchar(512), sentry_baggage text, schema_version smallint)"
        )
        for n, options in ROWS:
            connection.execute(
                text(
                    "INSERT INTO celery_outbox VALUES (:n, '2026-11-20 14:34:58.850107Z', :id, "
                    "'shop.send_receipt', :args, '{}', :options, 'f3989bdd-a1f0', '', 1)"
                ),
                {"n": n, "id": f"task-{n}", "args": f"[{n}]", "options": json.dumps(options)},
            )
    shell = newcomer(
        "migrate-from-django-celery-outbox", PGHOST=engine.url.host, PGPORT=str(engine.url.port),
        PGUSER=engine.url.username, PGDATABASE=engine.url.database,
    )  # fmt: skip
    engine.dispose()
    # Links and the rest of a chain too; what was over is dropped.
    done = [line.rpartition(" ")[2] for line in shell.output.splitlines() if "receipt of" in line]
    assert sorted(done) == ["1", "3", "4", "5", "6", "7"]
    assert redis.Redis.from_url(servers_here("redis").url()).llen("celery") == 0
