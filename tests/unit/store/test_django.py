"""The Django store keeps the contract on SQLite; other databases are in tests/integration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from support import django_databases

from celery_safe.store import Limits, MessageStore
from celery_safe.store.django import DjangoStore
from celery_safe.testing.store_contract import StoreContract, new


@pytest.fixture
def alias(tmp_path: Path) -> Iterator[str]:
    alias = django_databases.add(
        ENGINE="django.db.backends.sqlite3",
        NAME=str(tmp_path / "store.db"),
        OPTIONS={"timeout": 30},
    )
    yield alias
    django_databases.remove(alias)


@pytest.fixture
def made(alias: str) -> DjangoStore:
    store = DjangoStore(alias)
    store.init()
    return store


class TestDjangoStore(StoreContract):
    @pytest.fixture
    def store(self, made: DjangoStore) -> MessageStore:
        return made

    @pytest.fixture
    def bounded(self, made: DjangoStore, alias: str) -> Callable[[Limits], MessageStore]:
        def make(limits: Limits) -> MessageStore:
            made.discard([entry.id for entry in made.list()])
            return DjangoStore(alias, limits)

        return make


def test_put_in_a_transaction_is_there_if_it_commits(made: DjangoStore, alias: str) -> None:
    with transaction.atomic(using=alias):
        made.put([new("rolled back")])
        transaction.set_rollback(True, using=alias)
    with transaction.atomic(using=alias):
        made.put([new("kept")])
    assert [e.id for e in made.list()] == ["kept"]


def test_missing_migrations_are_named(alias: str) -> None:
    store = DjangoStore(alias)
    with pytest.raises(RuntimeError, match=r"lacks the migrations 0001_initial .*store init"):
        store.check()
    store.init()
    store.check()


def test_the_models_and_the_migrations_say_the_same(
    made: DjangoStore, alias: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("makemigrations", "celery_safe", "--check", "--dry-run")
    assert "No changes" in capsys.readouterr().out
