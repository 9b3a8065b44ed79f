"""Every kind of call that Celery knows, to be compared with itself by another way."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unittest import mock

import kombu.utils
from celery import chain, chord, group, signals
from celery._state import _task_stack
from kombu import Exchange, Queue
from kombu.transport import virtual

from celery_safe import SafeCelery

#: So late that nothing expires meanwhile.
NOW = datetime(2096, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
THEN = NOW + timedelta(hours=1)


class Frozen(SafeCelery):
    """An app whose clock stands still, so that two calls are the same."""

    def now(self) -> datetime:
        return NOW


def make_app(broker: str, store: Any, queue: str = "shapes", **more: Any) -> Any:
    """An app with tasks of several kinds."""
    app: Any = Frozen(
        "shapes", broker=broker, store=store, waive={"task_serializer": "a shape"}, **more
    )
    app.conf.task_default_queue = queue
    app.conf.task_queues = [
        Queue(queue), Queue(f"{queue}.other"),
        Queue(f"{queue}.topic", Exchange(f"{queue}.topic", "topic"), routing_key="orders.#"),
    ]  # fmt: skip
    app.conf.task_routes = {"routed": {"queue": f"{queue}.other"}}
    app.conf.safe_eta_in_store = None  # what stands in a worker's memory is compared too

    @app.task(name="add")
    def add(*args: Any, **kwargs: Any) -> None: ...

    @app.task(name="routed")
    def routed(*args: Any) -> None: ...

    @app.task(
        name="own", priority=7, expires=90, ignore_result=True, time_limit=33, compression="gzip"
    )
    def own(*args: Any) -> None: ...

    app.finalize()
    app.add, app.routed, app.own, app.q = add, routed, own, queue
    return app


#: What is called: the app's tasks by name, one line each.
SHAPES: dict[str, Callable[[Any], Any]] = {
    "delay(1, 2)": lambda a: a.add.delay(1, 2),
    "keyword arguments": lambda a: a.add.delay(x=1, y="two"),
    "no arguments": lambda a: a.add.delay(),
    "countdown": lambda a: a.add.apply_async((1,), countdown=10),
    "eta, aware": lambda a: a.add.apply_async((1,), eta=THEN),
    "eta, other zone": lambda a: a.add.apply_async(
        (1,), eta=THEN.astimezone(timezone(timedelta(hours=5)))
    ),
    "expires in seconds": lambda a: a.add.apply_async((1,), expires=60),
    "expires at a time": lambda a: a.add.apply_async((1,), expires=THEN),
    "queue by name": lambda a: a.add.apply_async((1,), queue=f"{a.q}.other"),
    "queue as an object": lambda a: a.add.apply_async((1,), queue=Queue(f"{a.q}.third")),
    "topic and routing key": lambda a: a.add.apply_async(
        (1,), queue=f"{a.q}.topic", routing_key="orders.new"
    ),
    "routing key, anonymous exchange": lambda a: a.add.apply_async(
        (1,), exchange="", routing_key=f"{a.q}.other"
    ),
    "task_routes": lambda a: a.routed.delay(1),
    "priority": lambda a: a.add.apply_async((1,), priority=3),
    "task_id": lambda a: a.add.apply_async((1,), task_id="my-id"),
    "shadow": lambda a: a.add.apply_async((1,), shadow="other-name"),
    "time limits": lambda a: a.add.apply_async((1,), time_limit=9, soft_time_limit=8),
    "ignore_result": lambda a: a.add.apply_async((1,), ignore_result=True),
    "options of the task": lambda a: a.own.delay(1),
    "headers": lambda a: a.add.apply_async((1,), headers={"tenant": "é", "n": [1, {"a": None}]}),
    "headers of a signal": lambda a: _with_signal(a),
    "serializer": lambda a: a.add.apply_async(({"a": (1, 2)},), serializer="pickle"),
    "compression zlib": lambda a: a.add.apply_async(("x" * 500,), compression="zlib"),
    "compression bzip2": lambda a: a.add.apply_async(("x" * 500,), compression="bzip2"),
    "transient": lambda a: a.add.apply_async((1,), delivery_mode=1),
    "reply_to": lambda a: a.add.apply_async((1,), reply_to="answers"),
    "argsrepr": lambda a: a.add.apply_async(("secret",), argsrepr="(***)"),
    "stamped headers": lambda a: a.add.apply_async((1,), stamped_headers=["who"], who="me"),
    "send_task by name": lambda a: a.send_task("elsewhere", (1,), {"k": 2}),
    "publish policy": lambda a: a.add.apply_async((1,), retry=False, confirm_timeout=3),
    "link": lambda a: a.add.apply_async((1,), link=a.add.s(uuid.UUID(int=7))),
    "link_error": lambda a: a.add.apply_async((1,), link_error=a.add.si("failed")),
    "datetime, date, Decimal, UUID": lambda a: a.add.delay(
        NOW, date(2026, 1, 2), Decimal("1.10"), uuid.UUID(int=5)
    ),
    "bytes": lambda a: a.add.delay(b"\x00\xff"),
    "NaN and infinity": lambda a: a.add.delay(float("nan"), float("inf")),
    "NUL in a text": lambda a: a.add.delay("a\x00b"),
    "1e22 and big integers": lambda a: a.add.delay(1e22, 2**70, -0.0),
    "surrogates and emoji": lambda a: a.add.delay("\U0001f600 \u2028"),
    "a megabyte": lambda a: a.add.delay("y" * 2**20),
    "chain": lambda a: chain(a.add.s(1), a.add.s(2), a.add.s(3))(),
    "group": lambda a: group(a.add.s(n) for n in range(3)).apply_async(),
    "chord": lambda a: chord([a.add.s(1), a.add.s(2)], a.add.s(3)).apply_async(),
    "chain into group": lambda a: chain(a.add.s(1), group(a.add.s(2), a.add.s(3)))(),
    "signature with options": lambda a: a.add.s(1).set(priority=2, queue=f"{a.q}.other").delay(),
    "from a running task": lambda a: _inside_a_task(a),
    "event task-sent": lambda a: _with_event(a),
}


def _with_signal(app: Any) -> Any:
    def trace(headers: Any, **_: Any) -> None:
        headers["traceparent"] = "00-1-2-01"

    signals.before_task_publish.connect(trace)
    try:
        return app.add.delay(1)
    finally:
        signals.before_task_publish.disconnect(trace)


def _inside_a_task(app: Any) -> Any:
    app.conf.task_inherit_parent_priority = True
    app.add.push_request(
        id="parent", root_id="root", delivery_info={"priority": 4}, called_directly=False
    )
    _task_stack.push(app.add)
    try:
        return app.routed.delay(1)
    finally:
        _task_stack.pop()
        app.add.pop_request()
        app.conf.task_inherit_parent_priority = False


def _with_event(app: Any) -> Any:
    app.conf.task_send_sent_event = True
    try:
        return app.add.delay(1)
    finally:
        app.conf.task_send_sent_event = False


@contextmanager
def repeatable() -> Iterator[None]:
    """Ids and times that come again at the next call."""
    counter = itertools.count(1)

    def uuid4() -> uuid.UUID:
        return uuid.UUID(int=next(counter), version=4)

    # The module of the same name is hidden by its function.
    with (
        mock.patch.object(kombu.utils.uuid, "__defaults__", (uuid4,)),
        mock.patch.object(virtual.Channel, "_next_delivery_tag", return_value="tag"),
    ):
        yield
