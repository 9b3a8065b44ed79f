"""A backlog of one kind of entries does not keep another kind waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.bench import Servers
from support.sql_store import sql_store

from celery_safe import SafeCelery
from celery_safe.message import Message
from celery_safe.relay import Relay
from celery_safe.store import Filter, New
from celery_safe.store.sqlalchemy import SQLAlchemyStore

pytestmark = pytest.mark.broker


@pytest.fixture(params=["postgres", "mariadb"])
def store(servers: Servers, request: pytest.FixtureRequest) -> Iterator[SQLAlchemyStore]:
    with sql_store(servers(request.param).url()) as made:
        yield made


def new(kind: Any, n: int) -> New:
    headers = {"task": "t", "id": f"{kind}-{n}"}
    return New(Message(b"[]", "application/json", "utf-8", headers, {}, "", "fair"), kind)


def test_each_kind_has_its_turn(store: Any) -> None:
    app: Any = SafeCelery("fair", broker="memory://", store=store)
    app.conf.task_default_queue = "fair"
    store.put([new("outbox", n) for n in range(200)])
    store.put([new("eta", n) for n in range(60)])
    relay = Relay(app, store, ["outbox", "eta"])

    def left(kind: Any) -> int:
        return int(store.count(Filter(kinds=[kind])).messages)

    relay.move(50)
    store.put([new("outbox", n) for n in range(200, 250)])  # as much as is moved comes again
    relay.move(50)
    assert left("eta") == 10
    store.put([new("outbox", n) for n in range(250, 300)])
    relay.move(50)
    relay.move(50)
    assert left("eta") == 0
    while relay.step(50):
        pass
    relay.close()
    assert store.count().messages == 0
