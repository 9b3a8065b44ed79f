"""The pages of the outbox, done as they are written: on PostgreSQL, Redis and real workers."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from support.bench import ROOT, Servers
from support.pages import follow

pytestmark = pytest.mark.broker
PAGES = ["outbox-fastapi", "outbox-flask", "outbox-django"]


@pytest.mark.own_server
@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, servers: Servers, servers_here: Servers, tmp_path: Path) -> None:
    folder = tmp_path / "newcomer"
    folder.mkdir()
    env = {
        "DATABASE_URL": servers("postgres").database(f"page_{uuid.uuid4().hex[:12]}"),
        # A broker of its own: the pages use the queue that everybody has.
        "BROKER_URL": servers_here("redis").url(),
    }
    follow(ROOT / f"docs/how-to/{page}.md", folder, env).close()
