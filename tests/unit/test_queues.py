"""Undeclared queues: one warning each, or refused under strict before anything is published."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from celery import chain
from kombu import Queue

from celery_safe import SafeCelery, UndeclaredQueue, UndeclaredQueueWarning


def make(**options: Any) -> tuple[SafeCelery, Any]:
    app = SafeCelery("shop", broker="memory://", set_as_current=False, **options)

    @app.task(name="shop.charge", shared=False)
    def charge(order: int = 1) -> None:
        pass

    return app, charge


def test_undeclared_queue_is_one_warning_with_the_line_to_write() -> None:
    app, charge = make()
    app.conf.task_queues = [Queue("celery"), Queue("email")]
    line = r"'emial' is not declared.*did you mean 'email'.*task_queues = .*Queue\(\"emial\"\)"
    with pytest.warns(UndeclaredQueueWarning, match=line) as seen:
        charge.apply_async(queue="emial")
        charge.apply_async(queue="emial")
    assert len(seen) == 1
    assert seen[0].filename == __file__


@pytest.mark.parametrize("how", ["call", "route", "option", "chain"])
def test_undeclared_queue_is_refused_under_strict_before_anything_is_published(how: str) -> None:
    app, charge = make(strict=True)
    sent: list[object] = []
    app.amqp.send_task_message = lambda *a, **k: sent.append(a)
    if how == "route":
        app.conf.task_routes = {"shop.*": {"queue": "orders"}}
    if how == "option":

        @app.task(name="shop.other", shared=False, queue="orders")
        def charge() -> None:
            pass

    with pytest.raises(UndeclaredQueue, match="'orders' is not declared"):
        if how == "call":
            charge.apply_async(queue="orders")
        elif how == "chain":
            chain(charge.si(1).set(queue="orders"), charge.si(2), app=app).apply_async()
        else:
            charge.delay()
    assert sent == []


def test_declared_queues_are_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app, charge = make(strict=True)
        app.conf.task_queues = [Queue("orders", alias="o"), Queue("mail")]
        app.conf.task_default_queue = "orders"
        charge.delay()
        charge.apply_async(queue="mail")
        charge.apply_async(queue="o")
        charge.apply_async(queue=Queue("given"))


def test_default_queue_is_declared_when_there_is_no_list() -> None:
    app, charge = make(strict=True, task_default_queue="orders")
    charge.delay()
    charge.apply_async(queue="orders")
    with pytest.raises(UndeclaredQueue):
        charge.apply_async(queue="celery")


def test_worker_may_consume_any_queue() -> None:
    app, _ = make(strict=True)
    app.amqp.queues.select(["other"])
    assert list(app.amqp.queues.consume_from) == ["other"]
