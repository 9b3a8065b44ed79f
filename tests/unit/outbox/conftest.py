"""A database in a file, a store in it, and an app."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine
from support.orders import Base, with_savepoints

from celery_safe import SafeCelery
from celery_safe.store.sqlalchemy import SQLAlchemyStore


@pytest.fixture
def engine(tmp_path: Any) -> Iterator[Any]:
    made = with_savepoints(create_engine(f"sqlite:///{tmp_path / 'shop.db'}"))
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Any, tmp_path: Any) -> SQLAlchemyStore:
    # An engine of its own, as its transactions begin otherwise.
    made = SQLAlchemyStore(create_engine(f"sqlite:///{tmp_path / 'shop.db'}"))
    made.init()
    return made


@pytest.fixture
def app(store: Any) -> Any:
    made: Any = SafeCelery("shop", broker="memory://", backend="cache+memory://", store=store)
    made.conf.task_default_queue = f"q-{uuid.uuid4()}"  # all in-memory brokers of a process are one

    @made.task(name="send")
    def send(n: int = 0) -> None: ...

    made.send = send
    return made
