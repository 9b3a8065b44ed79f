"""Canvases under strict: all or nothing is published, and work that has begun goes on."""

from __future__ import annotations

import inspect
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery, Task, chain, chord, group, signature
from celery.app.trace import build_tracer
from celery.canvas import Signature
from kombu import Queue

from celery_safe import (
    ArgumentError,
    SafeCelery,
    UndeclaredQueue,
    UndeclaredQueueWarning,
    UnknownOption,
    UnknownOptionWarning,
)
from celery_safe.canvas import signatures

Sent = list[tuple[str, Any]]


class Shop:
    """A strict app, its task, and what it has published."""

    def __init__(self, strict: bool = True) -> None:
        self.app = SafeCelery(
            "shop", broker="memory://", backend="cache+memory://", strict=strict, set_as_current=False
        )  # fmt: skip
        self.app.conf.task_queues = [Queue("celery"), Queue("email")]
        self.sent: list[str] = []
        self.app.amqp.send_task_message = lambda _, name, *a, **k: self.sent.append(name)

        @self.app.task(name="shop.charge", shared=False)
        def charge(order: Any = 1) -> Any:
            return order

        @self.app.task(name="shop.again", shared=False, bind=True)
        def again(task: Any, order: Any = 1) -> None:
            task.retry(args=[(1, 2)], countdown=0, oddity=1)

        self.charge, self.again = charge, again

    def call(self, **options: Any) -> Signature:
        """A call with options that `set` has not seen, as from a message."""
        made = self.charge.si(1)
        made.options.update(options)
        return made


SHAPES: dict[str, Callable[[Shop, Signature], Any]] = {
    "group": lambda s, bad: group([s.call(), bad], app=s.app).apply_async(),
    "group in a group": lambda s, bad: group([s.call(), group([s.call(), bad])], app=s.app).delay(),
    "chain in a group": lambda s, bad: group([s.call(), s.call() | bad], app=s.app).apply_async(),
    "generator": lambda s, bad: group((x for x in (s.call(), bad)), app=s.app).apply_async(),
    "chain": lambda s, bad: chain(s.call(), s.call(), bad, app=s.app).apply_async(),
    "group in a chain": lambda s, bad: chain(s.call(), group([s.call(), bad])).apply_async(),
    "chord's header": lambda s, bad: chord([s.call(), bad], s.call(), app=s.app).apply_async(),
    "chord's body": lambda s, bad: chord([s.call(), s.call()], bad, app=s.app).apply_async(),
    "link": lambda s, bad: s.charge.apply_async(link=bad),
    "link of a link": lambda s, bad: s.charge.apply_async(link=s.call(link=[bad])),
    "link_error": lambda s, bad: s.charge.apply_async(link_error=[s.call(), bad]),
    "link by name": lambda s, bad: s.app.send_task("elsewhere", link=bad),
    "as a dict": lambda s, bad: s.charge.apply_async(link=dict(bad)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"queue": "emial"}, UndeclaredQueue),
        ({"countdwon": 3}, UnknownOption),
        ({"args": ((1, 2),)}, ArgumentError),
    ],
    ids=["queue", "option", "argument"],
)
def test_a_canvas_is_refused_before_anything_is_published(
    shape: str, options: dict[str, Any], error: type[Exception]
) -> None:
    shop = Shop()
    bad = shop.call(**options)
    if "args" in options:
        bad = shop.charge.si((1, 2))
    with pytest.raises(error):
        SHAPES[shape](shop, bad)
    assert shop.sent == []


@pytest.mark.parametrize("shape", SHAPES)
def test_a_right_canvas_goes_out(shape: str) -> None:
    shop = Shop()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SHAPES[shape](shop, shop.call(queue="email", countdown=3))
    assert shop.sent


@pytest.mark.parametrize("shape", SHAPES)
def test_the_default_level_publishes_what_plain_celery_publishes(shape: str) -> None:
    shop = Shop(strict=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        SHAPES[shape](shop, shop.call(queue="emial", countdwon=3))
    assert shop.sent


def test_a_route_of_a_later_step_counts() -> None:
    shop = Shop()
    shop.app.conf.task_routes = {"shop.mail": {"queue": "emial"}}
    with pytest.raises(UndeclaredQueue):
        chain(shop.call(), signature("shop.mail", app=shop.app)).apply_async()
    assert shop.sent == []


def test_an_option_of_the_call_replaces_that_of_a_member() -> None:
    shop = Shop()
    group([shop.call(queue="emial"), shop.call()], app=shop.app).apply_async(queue="email")
    assert shop.sent == ["shop.charge"] * 2


def test_set_is_refused_where_it_is_written() -> None:
    with pytest.raises(UnknownOption, match="'countdwon'.*did you mean 'countdown'"):
        Shop().charge.s().set(countdwon=3)
    with pytest.warns(UnknownOptionWarning) as seen:
        Shop(strict=False).charge.s().set(countdwon=3)
    assert seen[0].filename == __file__


def test_stamps_and_celerys_own_options_pass_set() -> None:
    shop = Shop()
    call = shop.charge.s()
    call.stamp(tenant="a")
    call.set(immutable=True, queue="email", task_id="x", priority=3)
    assert call.options["stamped_headers"] == ["tenant"]
    assert call.immutable


class OnceTask(Task):
    once = None


def test_options_that_a_base_class_declares_pass() -> None:
    shop = Shop()

    @shop.app.task(name="shop.deploy", shared=False, base=OnceTask)
    def deploy() -> None:
        pass

    deploy.apply_async(once={"graceful": True})
    with pytest.raises(UnknownOption, match="once"):
        shop.charge.apply_async(once={})


def run(shop: Shop, task: Any, **request: Any) -> Any:
    """Trace a task as a worker does."""
    request = {
        "id": "x", "root_id": "x", "retries": 0, "is_eager": False, "delivery_info": {}, "args": (),
        "kwargs": {}, "ignore_result": True, **request,
    }  # fmt: skip
    return build_tracer(task.name, task, app=shop.app)("x", (), {}, request)


@pytest.mark.parametrize("follows", ["chain", "callbacks"])
def test_a_worker_sends_what_follows_on_a_task_of_an_older_producer(follows: str) -> None:
    shop = Shop()
    step = dict(shop.call(countdwon=3, queue="emial"), args=[(1, 2)])
    with (
        pytest.warns(UnknownOptionWarning, match="countdwon"),
        pytest.warns(UndeclaredQueueWarning, match="emial"),
    ):
        done = run(shop, shop.charge, **{follows: [step]})
    assert (shop.sent, done.info) == (["shop.charge"], None)


def test_a_retry_is_never_refused() -> None:
    shop = Shop()
    with pytest.warns(UnknownOptionWarning, match="oddity"):
        done = run(shop, shop.again)
    assert (shop.sent, done.info.state) == (["shop.again"], "RETRY")


def test_what_a_task_sends_itself_is_refused() -> None:
    shop = Shop()

    @shop.app.task(name="shop.sends", shared=False)
    def sends() -> None:
        shop.charge.apply_async(countdwon=3)

    assert isinstance(run(shop, sends).info.retval, UnknownOption)
    assert shop.sent == []


def test_plain_apps_in_the_same_process_notice_nothing() -> None:
    Shop()
    app = Celery("plain", broker="memory://", set_as_current=False)
    sent: list[Any] = []
    app.amqp.send_task_message = lambda *a, **k: sent.append(a)

    @app.task(name="plain.a", shared=False)
    def plain() -> None:
        pass

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        group([plain.s().set(tenant=1), plain.s().set(queue="any")], app=app).apply_async()
    assert len(sent) == 2


def test_what_is_wrapped_stands_where_it_did() -> None:
    Shop()
    for wrapped in (group.apply_async, Signature.set):
        assert inspect.signature(wrapped) == inspect.signature(wrapped.__wrapped__)
    assert "_apply_tasks" in inspect.getsource(group.apply_async.__wrapped__)
    assert pickle.loads(pickle.dumps(Shop(strict=False).call(queue="q"))).options == {"queue": "q"}


def test_signatures_finds_every_call_once() -> None:
    shop = Shop()
    calls = [shop.charge.si(n) for n in range(6)]
    canvas = chord([calls[0], calls[1] | calls[2]], calls[3].on_error(calls[4])) | calls[5]
    assert sorted(part["args"][0] for part in signatures(canvas)) == [0, 1, 2, 3, 4, 5]
