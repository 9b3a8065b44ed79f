"""Helpers of tests: they work in a transaction that the test rolls back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.orders import Order, broker_count

from celery_safe.outbox import outbox
from celery_safe.testing.outbox import assert_enqueued, drain_outbox, enqueued


def test_inside_a_test_that_rolls_back(app: Any, engine: Any, store: Any) -> None:
    # https://docs.sqlalchemy.org/orm/session_transaction.html: joining a session into a transaction
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.add(Order(id=1))
            app.send.outbox(session).delay(1)
            assert_enqueued(app.send, (1,), {}, session=session)
            session.commit()
            with outbox(session):
                app.send.delay(n=2)
            assert_enqueued(app.send, (1,), session=session)
            assert_enqueued(app.send, kwargs={"n": 2}, session=session)
            assert_enqueued(app.send, times=2, session=session)
            assert broker_count(app) == 0
            assert drain_outbox(app, session) == 2
            assert broker_count(app) == 2
            assert enqueued(app, session) == []
            session.rollback()
        transaction.rollback()
    assert store.count().messages == 0


def test_committed_rows_without_a_session(app: Any, engine: Any) -> None:
    with Session(engine) as session, session.begin(), outbox(session):
        app.send.apply_async(("x" * 300,), compression="gzip")
    assert_enqueued(app.send, ("x" * 300,))
    with pytest.raises(AssertionError, match=r"send\(7, \*\*\.\.\.\) waits 0 times.*send\('xxx"):
        assert_enqueued(app.send, (7,))
    assert drain_outbox(app) == 1
    with pytest.raises(AssertionError, match="there waits nothing"):
        assert_enqueued(app.send)
