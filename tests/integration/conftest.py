"""Servers of one test run, and the table of runs at its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.bench import BROKERS, Bench, Servers, embedded

# Containers of brokers only where somebody asks for them: an engine alone has not their images.
os.environ.setdefault("CELERY_SAFE_NODES", "local")

from celery_safe.testing import nodes
from celery_safe.testing.local import (
    MariaDB,
    Postgres,
    RabbitMQ,
    Redis,
    Server,
    ServerMissing,
    SQLiteFile,
)

KINDS: dict[str, type[Server]] = {
    "redis": Redis, "rabbitmq": RabbitMQ, "sqlite": SQLiteFile, "postgres": Postgres,
    "mariadb": MariaDB,
}  # fmt: skip


def start(kind: str, folder: Path) -> Server:
    """A new server that answers."""
    server = KINDS[kind](folder)
    try:
        server.start()
    except ServerMissing as error:
        # Never a skip that hides a missing server where the result counts.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    return server


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Makes and starts each server when it is first asked for."""
    made: dict[str, Server] = {}

    def get(kind: str) -> Any:
        if kind not in made:
            made[kind] = start(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    try:
        yield get
    finally:
        for server in made.values():
            server.close()


@pytest.fixture
def servers_here(
    servers: Servers, tmp_path: Any, request: pytest.FixtureRequest
) -> Iterator[Servers]:
    """The servers of the run, or with the mark ``own_server`` new ones, as the test kills them."""
    if not request.node.get_closest_marker("own_server"):
        yield servers
        return
    made: dict[str, Server] = {}

    def get(kind: str) -> Any:
        if kind not in made:
            made[kind] = start(kind, tmp_path / f"server-{kind}")
        return made[kind]

    try:
        yield get
    finally:
        for server in made.values():
            server.close()


if nodes.is_local():
    # Of the run and not of the test: what is in them has names of one test alone.

    @pytest.fixture
    def default_redis_broker(servers_here: Servers) -> Any:
        return nodes.LocalRedis(nodes.Process(servers_here("redis")))

    @pytest.fixture
    def celery_redis_backend(servers_here: Servers) -> Any:
        return nodes.LocalRedisBackend(nodes.LocalRedis(nodes.Process(servers_here("redis"))))

    @pytest.fixture
    def default_rabbitmq_broker(servers_here: Servers) -> Any:
        return nodes.LocalRabbitMQ(nodes.Process(servers_here("rabbitmq")))


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Workers, calls and effects of one test; its parameter is a broker and an app."""
    name, app = request.param
    family = name.partition("-")[0]
    broker = (
        embedded(tmp_path / "broker")
        if family == "sqlite"
        else request.getfixturevalue(f"celery_{family}_broker")
    )
    made = Bench(broker, request.getfixturevalue("celery_redis_backend"), name, app, tmp_path)
    try:
        yield made
    finally:
        request.node.user_properties += [("bench", row) for row in made.rows]
        made.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what every fault cost: sent, effects, lost, runs."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == "bench"
    ]
    if not rows:
        return
    terminalreporter.section("what each fault cost")
    columns = ("app", "broker", "fault", "sent", "effects", "lost", "runs")
    order = {broker: n for n, broker in enumerate(BROKERS)}
    rows = sorted(rows, key=lambda r: (r["app"], order[r["broker"]], r["fault"]))
    for row in [dict(zip(columns, columns, strict=True)), *rows]:
        line = "  ".join(
            f"{row[c]!s:<{w}}" for c, w in zip(columns, (6, 17, 34, 5, 8, 5, 4), strict=True)
        )
        terminalreporter.write_line(line.rstrip())
