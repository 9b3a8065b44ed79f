"""The gate's request: cap, MemoryError, and the private parts of Celery that it stands on."""

import inspect
from types import SimpleNamespace
from weakref import WeakSet

import pytest
from billiard.einfo import ExceptionInfo
from celery.worker import request as celery_request
from celery.worker import strategy
from celery.worker.consumer import Consumer
from kombu import Connection as KombuConnection
from kombu import Queue

from celery_safe.errors import TooManyRedeliveries
from celery_safe.gate import redelivery
from celery_safe.gate import request as gate_request


class Delivery:
    """What Celery's request offers to ours, recorded."""

    name, id, store_errors, argsrepr, kwargsrepr, args, kwargs = (
        "shop.pay",
        "id-1",
        True,
        "(1,)",
        "{}",
        [1],
        {},
    )
    stock_revoked = False

    def __init__(self, redelivered=True, acks_late=True, header=None, cap=2):
        self.log = []
        self.delivery_info = {"redelivered": redelivered}
        self.request_dict = {"retries": 0}
        backend = SimpleNamespace(
            mark_as_failure=lambda _id, exc, **_: self.log.append(type(exc).__name__)
        )
        self.task = SimpleNamespace(acks_late=acks_late, backend=backend)
        self._app = SimpleNamespace(conf={"safe_max_redeliveries": cap})
        self._message = SimpleNamespace(headers={redelivery.HEADER: header} if header else {})
        self._context = None

    def revoked(self):
        return self.stock_revoked

    def on_failure(self, exc_info, send_failed_event=True, return_ok=False):
        if isinstance(exc_info.exception, MemoryError):
            raise exc_info.exception
        self.log.append(f"failure {exc_info.exception}")

    def acknowledge(self):
        self.log.append("ack")

    def reject(self, requeue=False):
        self.log.append(f"reject requeue={requeue}")

    def send_event(self, *_args, **_kwargs):
        pass


class Gated(gate_request.GatedRequest, Delivery):
    consumer = SimpleNamespace(gate=None)


@pytest.fixture(autouse=True)
def _broker(monkeypatch):
    monkeypatch.setattr(gate_request, "task_ready", lambda _request: None)
    monkeypatch.setattr(gate_request, "reserved_requests", RESERVED)
    monkeypatch.setattr(redelivery, "destination", lambda _message, _consumer: ("", "q"))
    monkeypatch.setattr(
        redelivery,
        "republish",
        lambda _app, _message, _to, retries, n: PUBLISHED.append((retries, n)),
    )
    PUBLISHED.clear()


class _Everything:
    def __contains__(self, _request):
        return True


PUBLISHED = []
RESERVED = _Everything()


def test_a_first_delivery_and_an_early_ack_run_untouched():
    for request in (Gated(redelivered=False), Gated(acks_late=False)):
        assert request.revoked() is False
        assert request.log == []
    assert PUBLISHED == []


def test_a_redelivery_is_counted_in_a_copy_and_then_acked():
    request = Gated(header="0:1")
    assert request.revoked() is True
    assert PUBLISHED == [(0, 2)]
    assert request.log == ["ack"]


def test_a_task_that_waits_for_its_eta_is_not_counted(monkeypatch):
    """Celery asks `revoked()` at the receipt of every task that expires, long before it runs."""
    monkeypatch.setattr(gate_request, "reserved_requests", set())
    request = Gated(header="0:2")
    assert request.revoked() is False
    assert PUBLISHED == []
    assert request.log == []


def test_the_copy_is_published_before_the_original_is_acked(monkeypatch):
    """A worker that dies in between leaves two messages: run twice, never lost."""
    request = Gated()
    monkeypatch.setattr(redelivery, "republish", lambda *_args: request.log.append("published"))
    assert request.revoked() is True
    assert request.log == ["published", "ack"]


def test_over_the_cap_the_failure_is_stored_before_the_ack():
    request = Gated(header="0:2")
    assert request.revoked() is True
    assert PUBLISHED == []
    assert request.log == [TooManyRedeliveries.__name__, "ack"]


def test_a_copy_that_cannot_be_published_sends_the_original_back(monkeypatch):
    def refused(*_args):
        raise ConnectionError("refused")

    monkeypatch.setattr(redelivery, "republish", refused)
    request = Gated()
    assert request.revoked() is True
    assert request.log == ["reject requeue=True"]


def test_a_failure_that_cannot_be_stored_is_not_acked_and_does_not_end_the_worker():
    def broken(*_args, **_kwargs):
        raise ConnectionError("backend away")

    request = Gated(header="0:2")
    request.task.backend.mark_as_failure = broken
    assert request.revoked() is True
    assert request.log == ["reject requeue=True"]


def test_memory_error_is_an_ordinary_failure():
    try:
        raise MemoryError("8 GB")
    except MemoryError:
        info = ExceptionInfo()
    info.exception = MemoryError("8 GB")
    request = Gated()
    request.on_failure(info, return_ok=True)
    assert len(request.log) == 1
    assert "8 GB" in request.log[0]


def test_the_private_parts_of_celery_are_where_we_expect_them():
    source = inspect.getsource(celery_request.create_request_cls)
    assert "if self.revoked():" in source, (
        "Celery no longer asks Request.revoked() before the pool: move the gate"
    )
    assert "raise MemoryError" in inspect.getsource(celery_request.Request.on_failure), (
        "our on_failure may be obsolete"
    )
    for name in ("acknowledge", "reject", "revoked", "on_failure", "send_event"):
        assert callable(getattr(celery_request.Request, name))
    for name in (
        "update_strategies",
        "on_connection_error_after_connected",
        "register_with_event_loop",
    ):
        assert callable(getattr(Consumer, name))


def test_a_request_is_reserved_before_the_gate_is_asked():
    """By each of the three ways to the pool: at once, at its ETA, at its rate limit."""
    for source in (strategy.default, Consumer.apply_eta_task, Consumer._limit_move_to_pool):
        lines = [line.strip() for line in inspect.getsource(source).splitlines()]
        reserved = next(n for n, line in enumerate(lines) if line.startswith("task_reserved("))
        handled = next(
            n for n, line in enumerate(lines)
            if n > reserved and line.startswith(("handle(", "self.on_task_request("))
        )  # fmt: skip
        assert reserved < handled
    assert isinstance(celery_request.state.reserved_requests, WeakSet)


def test_the_private_parts_of_kombu_are_where_we_expect_them():
    with KombuConnection("memory://") as connection:
        consumer = connection.Consumer([Queue("private-parts")], on_message=lambda _message: None)
        consumer.consume()
        assert list(consumer._active_tags) == ["private-parts"]
        assert connection.default_channel._lookup("", "q") == ["q"]
