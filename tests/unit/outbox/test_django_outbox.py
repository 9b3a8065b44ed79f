"""Django: what is sent inside ``atomic()`` is a row of that transaction, without a word of the user."""

from __future__ import annotations

import io
import unittest
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.app.trace import build_tracer
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from django.test import TestCase
from support import django_databases
from support.orders import broker_count, names

from celery_safe import AmbiguousOutbox, NoStore, NotCommitted, SafeCelery
from celery_safe.outbox import outbox
from celery_safe.relay import Relay
from celery_safe.store.django import DjangoStore


@pytest.fixture
def alias(tmp_path: Path) -> Iterator[str]:
    alias = django_databases.add(
        ENGINE="django.db.backends.sqlite3", NAME=str(tmp_path / "shop.db"), OPTIONS={"timeout": 30}
    )
    DjangoStore(alias).init()
    yield alias
    django_databases.remove(alias)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[str]:
    alias = django_databases.add(ENGINE="django.db.backends.sqlite3", NAME=str(tmp_path / "o.db"))
    yield alias
    django_databases.remove(alias)


@pytest.fixture
def app(alias: str) -> Any:
    class App(SafeCelery):
        # As Django's fixup does.
        task_cls = DjangoTask

    made: Any = App(
        "shop", broker="memory://", backend="cache+memory://", store=lambda: DjangoStore(alias)
    )
    made.conf.task_default_queue = f"q-{uuid.uuid4()}"

    @made.task(name="send")
    def send(n: int = 0) -> None: ...

    made.send = send
    return made


def test_inside_atomic_it_is_a_row_and_outside_it_is_sent(app: Any, alias: str) -> None:
    app.send.delay(1)
    assert broker_count(app) == 1
    with transaction.atomic(using=alias):
        result = app.send.delay(2)
        with pytest.raises(NotCommitted):
            result.get(timeout=5)
    app.backend.mark_as_done(result.id, 7)
    assert result.get(timeout=5) == 7
    assert names(app.store) == ["(2,)"]
    assert broker_count(app) == 1
    assert Relay(app, app.store, ["outbox"]).step() == 1
    assert broker_count(app) == 2


def test_rollback_and_savepoint(app: Any, alias: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias):
        app.send.delay(1)
        raise ZeroDivisionError
    with transaction.atomic(using=alias):
        app.send.delay(2)
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias):
            app.send.delay(3)
            raise ZeroDivisionError
    assert names(app.store) == ["(2,)"]


def test_only_the_stores_database_counts(app: Any, alias: str, other: str) -> None:
    with transaction.atomic(using=other):
        app.send.delay(1)
        assert broker_count(app) == 1
        with transaction.atomic(using=alias):
            app.send.delay(2)
    assert names(app.store) == ["(2,)"]
    with pytest.raises(NoStore, match="not in it"), outbox(other):
        app.send.delay(3)


def test_none_sends_at_once_and_an_explicit_one_is_the_same(app: Any, alias: str) -> None:
    app.strict = True
    with transaction.atomic(using=alias):
        with outbox(None):
            app.send.delay(1)
        assert broker_count(app) == 1
        app.send.outbox(alias).delay(2)
    app.send.outbox(alias).delay(3)
    assert names(app.store) == ["(2,)", "(3,)"]


def test_delay_on_commit_is_durable_and_has_a_result(app: Any, alias: str) -> None:
    with transaction.atomic(using=alias):
        result = app.send.delay_on_commit(1)
    assert names(app.store) == ["(1,)"]
    assert app.store.list()[0].message.task_id == result.id
    app.send.apply_async_on_commit((2,), {})
    assert broker_count(app) == 1


def test_retry_inside_atomic_is_not_rolled_back_with_it(app: Any, alias: str) -> None:
    @app.task(name="again", bind=True, max_retries=3)
    def again(self: Any, countdown: int) -> None:
        with transaction.atomic(using=alias):
            app.send.delay(1)
            raise self.retry(countdown=countdown)

    for countdown in (1, 3600):
        before = broker_count(app)
        request = {"id": f"id-{countdown}", "delivery_info": {}, "is_eager": False, "retries": 0,
                   "called_directly": False, "args": [countdown], "kwargs": {}}  # fmt: skip
        build_tracer("again", again, app=app)(request["id"], (countdown,), {}, request)
        assert broker_count(app) - before == 1
    assert names(app.store) == []


def test_in_a_test_case(app: Any, alias: str) -> None:
    class Case(TestCase):
        databases = frozenset({alias})

        def test(self) -> None:
            app.send.delay(1)  # the transaction around the test is not one of the user's
            assert broker_count(app) == 1
            with transaction.atomic(using=alias):
                app.send.delay(2)
            assert names(app.store) == ["(2,)"]
            assert Relay(app, app.store, ["outbox"]).step() == 1
            assert broker_count(app) == 2

    result = unittest.TextTestRunner(io.StringIO()).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    )
    assert not result.errors, result.errors[0][1]
    assert not result.failures, result.failures[0][1]
    assert names(app.store) == []


def test_strict_refuses_two_transactions(app: Any, alias: str, tmp_path: Path) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    app.strict = True
    session = Session(create_engine(f"sqlite:///{tmp_path / 's.db'}"))
    with transaction.atomic(using=alias), outbox(session), pytest.raises(AmbiguousOutbox):
        app.send.delay(1)
