"""The pytest plugin: a real worker on an in-memory broker, a clock, crashes and redeliveries.

Installed with ``celery-safe[testing]``; nothing is imported until a test asks for a fixture.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from celery_safe.app import SafeCelery
    from celery_safe.testing.bench import Bench
    from celery_safe.testing.clock import Clock
    from celery_safe.testing.idempotence import AssertIdempotent
    from celery_safe.testing.pair import OldAndNew
    from celery_safe.testing.sent import AssertSent
    from celery_safe.testing.worker import Run, Worker


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting that names the app."""
    parser.addini(
        "celery_safe_app", "The app of the fixture safe_app, as in package.module:attribute", default=""
    )  # fmt: skip


@pytest.fixture
def safe_bench() -> Iterator[Bench]:
    """The broker and the clock behind the other fixtures of a test."""
    from celery_safe.testing.bench import Bench

    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def safe_app(safe_bench: Bench, pytestconfig: pytest.Config) -> Iterator[SafeCelery]:
    """The app that the setting ``celery_safe_app`` names, or a new one; on a broker of this test alone."""
    name = str(pytestconfig.getini("celery_safe_app"))
    with safe_bench.attached(_app(name) if name else _new_app()) as app:
        yield app


def _new_app() -> SafeCelery:
    from celery_safe.app import SafeCelery
    from celery_safe.testing.isolation import without_tasks_of_others

    with without_tasks_of_others():
        app = SafeCelery("tests", set_as_current=False)
        app.finalize()
    return app


def _app(name: str) -> SafeCelery:
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute or "app")  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise pytest.UsageError(f"celery_safe_app = {name!r}: {error}") from error


@pytest.fixture
def safe_worker(safe_bench: Bench, safe_app: SafeCelery) -> Iterator[Worker]:
    """A worker of ``safe_app``."""
    worker = safe_bench.worker(safe_app)
    yield worker
    worker.check_crashes()


@pytest.fixture
def drain(safe_worker: Worker) -> Callable[[], list[Run]]:
    """``drain()`` runs all that is due."""
    return safe_worker.drain


@pytest.fixture
def clock(
    safe_bench: Bench,
    safe_worker: Worker,  # noqa: ARG001 (it is there before time passes)
) -> Clock:
    """``clock.advance(hours=3)`` lets time pass."""
    return safe_bench.clock


@pytest.fixture
def assert_sent(
    safe_bench: Bench,
    safe_app: SafeCelery,  # noqa: ARG001 (it is there before anything is sent)
) -> AssertSent:
    """``assert_sent(task, ...)``."""
    from celery_safe.testing.sent import AssertSent

    return AssertSent(safe_bench.broker)


@pytest.fixture
def task_effects() -> Callable[[], Any] | None:
    """What the tasks of a project change; override it to give ``assert_idempotent`` a function to compare."""
    return None


@pytest.fixture
def assert_idempotent(
    safe_worker: Worker, task_effects: Callable[[], Any] | None
) -> AssertIdempotent:
    """``assert_idempotent(task, *args)``."""
    from celery_safe.testing.idempotence import AssertIdempotent

    return AssertIdempotent(safe_worker, task_effects)


@pytest.fixture
def old_and_new(safe_bench: Bench) -> Iterator[OldAndNew]:
    """Workers with the old and the new code on one broker."""
    from celery_safe.testing.pair import OldAndNew

    with ExitStack() as stack:
        yield OldAndNew(safe_bench, stack)
