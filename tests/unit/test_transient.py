"""Transient errors are retried by default; a task's own words win."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from kombu import Connection
from kombu.exceptions import OperationalError

from celery_safe import SafeCelery
from celery_safe.defaults import TRANSIENT
from celery_safe.transient import is_transient


def make(**conf: Any) -> SafeCelery:
    app = SafeCelery("shop", broker="memory://", set_as_current=False)
    app.conf.update(task_always_eager=True, task_store_eager_result=False, **conf)
    return app


def attempts(app: SafeCelery, error: BaseException, **options: Any) -> tuple[int, str]:
    """How often a task that raises ``error`` runs, and how it ends."""
    runs: list[int] = []

    @app.task(name="shop.charge", shared=False, bind=True, **options)
    def charge(self: Any) -> None:
        runs.append(self.request.retries)
        raise error

    result = charge.apply()
    return len(runs), type(result.result).__name__


@pytest.mark.parametrize(
    ("error", "runs"),
    [
        (ConnectionResetError("gone"), 4),
        (TimeoutError("slow"), 4),
        (socket.gaierror("name"), 4),
        (FileNotFoundError("no"), 1),
        (ValueError("bug"), 1),
        (SoftTimeLimitExceeded(), 1),
        (Ignore(), 1),
        (Reject(), 1),
    ],
)
def test_only_transient_errors_run_again_and_end_as_themselves(
    error: BaseException, runs: int
) -> None:
    count, end = attempts(make(), error)
    assert count == runs
    if not isinstance(error, Ignore | Reject):
        assert end == type(error).__name__


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ({"autoretry_for": ()}, 1),
        ({"autoretry_for": (ValueError,)}, 1),
        ({"max_retries": 1}, 2),
        ({"max_retries": 0}, 1),
    ],
)
def test_the_words_of_a_task_win(options: dict[str, Any], runs: int) -> None:
    assert attempts(make(), ConnectionError("gone"), **options)[0] == runs


def test_settings_decide_how_often_and_for_what() -> None:
    assert attempts(make(safe_retry_max=1), ConnectionError())[0] == 2
    assert attempts(make(safe_retry_for=()), ConnectionError())[0] == 1
    assert attempts(make(safe_retry_for=("builtins.KeyError",)), KeyError())[0] == 4


def test_delays_double_with_full_jitter_up_to_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.randrange", lambda n: n - 1)  # the longest that jitter allows
    app = make(safe_retry_max=4, safe_retry_backoff_max=10)
    delays: list[float] = []

    @app.task(name="shop.charge", shared=False, bind=True)
    def charge(self: Any) -> None:
        raise ConnectionError

    retry = charge.retry
    charge.retry = lambda *a, **k: (delays.append(k["countdown"]), retry(*a, **k))[1]
    charge.apply()
    assert delays[:4] == [2, 4, 8, 10]


def test_called_directly_it_just_raises() -> None:
    app, runs = make(), []

    @app.task(name="shop.charge", shared=False)
    def charge() -> None:
        runs.append(1)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        charge()
    assert len(runs) == 1


def test_class_based_tasks_too() -> None:
    app, runs = make(), []

    class Charge(app.Task):  # type: ignore[name-defined, misc]
        name = "shop.charge_class"

        def run(self) -> None:
            runs.append(1)
            raise ConnectionError

    app.register_task(Charge()).apply()
    assert len(runs) == 4


def test_a_class_counts_by_the_package_that_exports_it() -> None:
    error = type("NetworkError", (Exception,), {"__module__": "httpx._exceptions"})
    assert is_transient(type("ReadError", (error,), {})(), TRANSIENT)
    assert not is_transient(type("NetworkError", (Exception,), {"__module__": "mine"})(), TRANSIENT)
    assert not is_transient(OSError("disk full"), TRANSIENT)


@pytest.mark.parametrize(
    ("error", "late", "requeue"),
    [
        (OperationalError("the broker is away"), True, True),
        (OperationalError("the broker is away"), False, False),  # nothing is left to send back
        (ValueError("no such serializer"), True, False),
    ],
)
@pytest.mark.parametrize("options", [{}, {"autoretry_for": ()}])
def test_a_retry_that_the_broker_cannot_take_goes_back_to_its_queue(
    error: Exception,
    late: bool,
    requeue: bool,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise error

    reject = rejected(fails, monkeypatch, acks_late=late, **options)
    assert reject.requeue is requeue
    assert reject.reason is error


def test_a_retry_over_a_channel_that_kombu_has_closed_goes_back_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Connection("redis://127.0.0.1:1") as connection:
        channel = object.__new__(connection.transport.Channel)
        channel.connection = None  # as after close()

    def closed(*args: Any, **kwargs: Any) -> None:
        channel._connparams()

    def of_the_task(*args: Any, **kwargs: Any) -> None:
        getattr(None, "client")  # noqa: B009 (as a program has it)

    assert rejected(closed, monkeypatch).requeue
    assert not rejected(of_the_task, monkeypatch).requeue


def rejected(send: Any, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Reject:
    """What a retry ends with whose message cannot be sent."""
    app = make()
    app.conf.task_always_eager = False

    @app.task(name="shop.again", shared=False, bind=True, **options)
    def again(self: Any) -> None:
        raise self.retry(countdown=1)

    monkeypatch.setattr(app, "send_task", send)
    again.push_request(id="x", called_directly=False, args=[], kwargs={}, retries=0)
    with pytest.raises(Reject) as caught:
        again.run()
    return caught.value
