"""Options that Celery swallows: one warning each, or refused under strict."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest
from celery import Celery, Task, chain, chord, group, shared_task

from celery_safe import SafeCelery, UnknownOption, UnknownOptionWarning
from celery_safe.options import send_options, task_options


def make(**options: Any) -> SafeCelery:
    return SafeCelery("shop", broker="memory://", set_as_current=False, **options)


def task(app: SafeCelery, **options: Any) -> Any:
    @app.task(name="shop.charge", shared=False, **options)
    def charge(order: int = 1) -> None:
        pass

    return charge


def test_unknown_task_option_is_one_warning_with_the_nearest_name_at_the_users_line() -> None:
    app = make()
    with pytest.warns(
        UnknownOptionWarning, match=r"'time_limt'.*did you mean 'time_limit'"
    ) as seen:
        charge = task(app, time_limt=5)
        charge.delay()
        app.finalize()
    assert len(seen) == 1
    assert seen[0].filename == __file__
    assert charge.time_limt == 5  # as on plain Celery


def test_unknown_task_option_is_refused_at_decoration_under_strict() -> None:
    with pytest.raises(UnknownOption, match="did you mean 'autoretry_for'"):
        task(make(strict=True), autoretry_For=(KeyError,))


def test_option_like_nothing_says_where_to_declare_it() -> None:
    with pytest.warns(UnknownOptionWarning, match="`tenant_scope = None` in the task's base class"):
        task(make(), tenant_scope=True)


def test_options_that_somebody_reads_are_silent() -> None:
    class OnceTask(Task):
        once = None

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app = make(strict=True)
        task(
            app, base=OnceTask, once={}, bind=False, autoretry_for=(KeyError,), retry_backoff=True,
            retry_kwargs={}, retry_jitter=True, rate_limit="1/s", acks_late=True, ignore_result=True,
            throws=(KeyError,), pydantic=False, typing=False, max_retries=1,
        ).delay()  # fmt: skip
        app.finalize()


def test_shared_task_of_somebody_else_never_breaks_a_strict_app(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("celery_safe.decorators.is_third_party", lambda _: True)
    app = SafeCelery("shop", broker="memory://", strict=True)

    @shared_task(name="theirs.charge", theirs_only=1)
    def charge() -> None:
        pass

    with pytest.warns(UnknownOptionWarning, match="theirs_only"):
        app.finalize()
    assert "theirs.charge" in app.tasks


def test_app_that_failed_to_finalize_stays_failed() -> None:
    app = make(strict=True)

    @shared_task(name="shop.misspelt", time_limt=3)
    def misspelt() -> None:
        pass

    for _ in range(2):
        with pytest.raises(UnknownOption, match="time_limt"):
            app.finalize()


def test_unknown_send_option_is_one_warning_per_task() -> None:
    app = make()
    charge = task(app)
    with pytest.warns(UnknownOptionWarning, match=r"'countdwon'.*did you mean 'countdown'") as seen:
        charge.apply_async((1,), countdwon=10)
        charge.apply_async((1,), countdwon=10)
        charge.s(1).set(countdwon=3).apply_async()
    # Not those of what the collector finds meanwhile, as a database that is not closed.
    assert len([w for w in seen if w.category is UnknownOptionWarning]) == 1
    assert seen[0].filename == __file__


@pytest.mark.parametrize("how", ["apply_async", "signature", "send_task", "group", "chord"])
def test_unknown_send_option_is_refused_under_strict_and_nothing_is_published(how: str) -> None:
    app = make(strict=True)
    charge = task(app)
    sent: list[object] = []
    app.amqp.send_task_message = lambda *a, **k: sent.append(a)
    calls = {
        "apply_async": lambda: charge.apply_async((1,), que="celery"),
        "signature": lambda: charge.s(1).apply_async(que="celery"),
        "send_task": lambda: app.send_task("elsewhere.task", que="celery"),
        "group": lambda: group([charge.s(1), charge.s(2)], app=app).apply_async(que="celery"),
        "chord": lambda: charge.s().set(que="celery").delay(1),
    }
    with pytest.raises(UnknownOption, match="'que'.*did you mean 'queue'"):
        calls[how]()
    assert sent == []


def test_everything_that_celery_documents_passes_under_strict() -> None:
    app = make(strict=True, backend="cache+memory://")
    charge = task(app)
    options: dict[str, Any] = {
        "countdown": 1, "expires": 60, "shadow": "x", "retry": True, "retry_policy": {"max_retries": 1},
        "time_limit": 60, "soft_time_limit": 50, "queue": "celery", "priority": 3, "serializer": "json",
        "compression": "zlib", "link": charge.si(2), "link_error": charge.si(3), "headers": {"mine": 1},
        "add_to_parent": False, "ignore_result": True, "delivery_mode": 1, "MessageGroupId": "g",
        "message_id": "m", "task_id": "id", "reply_to": "r", "correlation_id": "c", "user_id": "u",
    }  # fmt: skip
    charge.apply_async((1,), **options)
    stamped = charge.si(1)
    stamped.stamp(tenant="a")
    stamped.apply_async()
    chain(charge.si(1), group(charge.si(2), charge.si(3)), app=app).apply_async(countdown=1)
    chord([charge.si(1)], charge.si(2), app=app).apply_async()


def test_known_names_hold_what_celery_reads() -> None:
    assert {"queue", "eta", "time_limit", "routing_key", "mandatory"} <= send_options()
    assert {"acks_late", "autoretry_for", "rate_limit"} <= task_options(Task)
    assert "countdown" not in task_options(Task)


def test_send_task_has_celerys_signature() -> None:
    assert inspect.signature(SafeCelery.send_task) == inspect.signature(Celery.send_task)


def test_misspelt_keyword_of_the_app_is_refused() -> None:
    with pytest.raises(TypeError, match="'strcit'; did you mean 'strict'"):
        make(strcit=True)
    assert make(task_default_queue="orders").conf.task_default_queue == "orders"
    assert make(my_own_key=1).conf.my_own_key == 1
