"""Defaults below the user's configuration; the dangerous refused."""

import warnings
from datetime import datetime, timezone

import pytest
from celery import Task
from kombu.exceptions import OperationalError

from celery_safe import SafeCelery, UnsafeLimitsWarning, UnsafeSetting, WaiverError, settings
from celery_safe.defaults import SETTINGS, TABLE

NO_LEASE = {"consumer_lease": None}


def make(**kwargs):
    return SafeCelery("shop", broker="memory://", set_as_current=False, **kwargs)


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.setting)
def test_every_setting_is_in_force(row):
    assert make().conf.get(row.setting) == row.value


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.setting)
def test_every_row_says_why_and_what_changes(row):
    assert row.why
    assert row.changes
    assert row.incident.startswith("https://")
    assert row.how_to_waive()


class Prefixed:
    CELERY_TASK_ACKS_LATE = False


class Plain:
    task_acks_late = False


class Old:
    CELERY_ACKS_LATE = False


def _from(source, **kwargs):
    def configure(app):
        app.config_from_object(source, **kwargs)

    return configure


@pytest.mark.parametrize(
    "configure",
    [
        _from(Prefixed, namespace="CELERY"),
        _from(Plain),
        _from(Old),
        _from({"task_acks_late": False}),
        _from(Plain, force=True),
        lambda app: app.conf.update(task_acks_late=False),
        lambda app: setattr(app.conf, "task_acks_late", False),
        lambda app: (app.conf.task_acks_late, app.conf.update(task_acks_late=False)),
        lambda app: app.add_defaults({"task_acks_late": False}),
    ],
)
def test_the_users_word_wins(configure):
    app = make()
    configure(app)
    assert app.conf.task_acks_late is False
    assert app.conf.worker_prefetch_multiplier == 1


def test_the_users_word_wins_in_the_constructor():
    assert make(task_acks_late=False).conf.task_acks_late is False
    assert make(changes={"task_acks_late": False}).conf.task_acks_late is False


def test_a_task_touched_in_a_handler_of_the_user_is_already_safe():
    app, seen = make(), []

    @app.task(name="shop.pay", shared=False)
    def pay():
        pass

    @app.on_after_configure.connect
    def early(sender, **_):
        seen.append(pay.acks_late)

    _ = app.conf.task_acks_late
    assert seen == [True]


@pytest.mark.parametrize(
    ("written", "pair"),
    [
        ({"task_time_limit": 30}, (30, 25)),
        ({"task_soft_time_limit": 600}, (720, 600)),
        ({"task_time_limit": 20, "task_soft_time_limit": 10}, (20, 10)),
    ],
)
def test_the_default_half_of_the_limits_gives_way(written, pair):
    conf = make(**written).conf
    assert (conf.task_time_limit, conf.task_soft_time_limit) == pair


@pytest.mark.parametrize(
    "danger",
    [
        {"accept_content": ["json", "pickle"]},
        {"accept_content": ["application/x-python-serialize"]},
        {"task_serializer": "Pickle"},
        {"result_serializer": "pickle"},
        {"result_accept_content": ["pickle"]},
        {"event_serializer": "pickle"},
        {"task_acks_on_timeout": False},
        {"task_acks_on_failure_or_timeout": False},
        {"safe_max_redeliveries": 0},
        {"safe_max_redeliveries": -1},
    ],
    ids=str,
)
def test_danger_is_refused_and_can_be_waived_with_a_reason(danger):
    (name,) = danger
    with pytest.raises(UnsafeSetting, match=rf'{name}=.*waive={{"{name}": "the reason"}}'):
        _ = make(**danger).conf.task_acks_late
    assert make(**danger, waive={name: "legacy producer until Q3"}).conf.get(name) == danger[name]


def test_no_bound_by_configuration_object_is_refused():
    app = make()
    app.config_from_object({"safe_max_redeliveries": None})
    with pytest.raises(UnsafeSetting, match="nothing would bound"):
        _ = app.conf.task_acks_late


def test_danger_under_old_names_and_namespaces_is_refused():
    for source, namespace in (
        ({"CELERY_ACCEPT_CONTENT": ["pickle"]}, None),
        ({"CELERY_ACCEPT_CONTENT": ["pickle"]}, "CELERY"),
    ):
        app = make()
        app.config_from_object(source, namespace=namespace)
        with pytest.raises(UnsafeSetting, match="accept_content"):
            _ = app.conf.task_acks_late


def test_danger_written_later_is_refused_before_a_publish():
    app = make()

    @app.task(name="shop.pay", shared=False)
    def pay():
        pass

    pay.delay()
    app.conf.task_serializer = "pickle"
    with pytest.raises(UnsafeSetting, match="task_serializer"):
        pay.delay()


def test_danger_in_annotations_tasks_and_calls_is_refused():
    with pytest.raises(UnsafeSetting, match="acks_on_timeout"):
        _ = make(task_annotations={"*": {"acks_on_timeout": False}}).conf.task_acks_late
    app = make()

    @app.task(name="shop.pay", shared=False)
    def pay():
        pass

    with pytest.raises(UnsafeSetting, match=r"shop\.pay"):
        pay.apply_async(serializer="pickle")

    @app.task(name="shop.bad", shared=False, serializer="pickle")
    def bad():
        pass

    with pytest.raises(UnsafeSetting, match=r"shop\.bad"):
        app.finalize()


@pytest.mark.parametrize("option", ["serializer", "acks_on_timeout"])
def test_danger_in_a_base_class_is_refused(option):
    value = {"serializer": "pickle", "acks_on_timeout": False}[option]
    base = type("Base", (Task,), {option: value, "abstract": True})
    for app, kwargs in ((make(task_cls=base), {}), (make(), {"base": base})):
        app.task(lambda: None, name="shop.pay", shared=False, **kwargs)
        with pytest.raises(UnsafeSetting, match=rf"{option}=.* of task .*, by its class "):
            app.finalize()
    named = type("Pay", (base,), {"name": "shop.pay", "run": lambda self: None})
    with pytest.raises(UnsafeSetting, match=r"of task shop\.pay"):
        make().register_task(named())


def test_a_waiver_holds_for_what_celery_makes_of_the_setting():
    waive = {"task_acks_on_failure_or_timeout": "the queue has a dead-letter exchange"}
    app = make(task_acks_on_failure_or_timeout=False, waive=waive)
    named = type("Pay", (app.Task,), {"name": "shop.pay", "run": lambda self: None})
    assert app.register_task(named()).acks_on_failure_or_timeout is False


@pytest.mark.parametrize(
    ("broker", "options", "warned"),
    [
        ("redis://localhost/0", {"countdown": 4000}, True),
        ("redis://localhost/0", {"eta": datetime(2100, 1, 1, tzinfo=timezone.utc)}, True),
        ("redis://localhost/0", {"eta": datetime(2100, 1, 1)}, True),
        ("redis://localhost/0", {"eta": datetime(2000, 1, 1, tzinfo=timezone.utc)}, False),
        ("redis://localhost/0", {"countdown": 60}, False),
        ("redis://localhost/0", {}, False),
        ("amqp://localhost", {"countdown": 4000}, False),
    ],
)
def test_a_delay_beyond_the_visibility_timeout_is_one_warning(broker, options, warned):
    app = SafeCelery("shop", broker=broker, set_as_current=False, strict=True)
    app.conf.broker_transport_options = NO_LEASE
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(2):
            settings.check_delay(app, "shop.remind", options)
    assert [w.category for w in said] == [UnsafeLimitsWarning] * warned
    if "countdown" in options and warned:
        assert "due in 4000 s, the visibility timeout is 3600 s" in str(said[0].message)


def test_a_delay_is_looked_at_when_it_is_sent():
    app = SafeCelery("shop", broker="redis://localhost:1/0", set_as_current=False)
    app.conf.broker_transport_options = {"visibility_timeout": 60, **NO_LEASE}
    app.conf.task_publish_retry = False
    with pytest.warns(UnsafeLimitsWarning, match="shop.remind"), pytest.raises(OperationalError):
        app.send_task("shop.remind", countdown=61)


def test_a_hard_limit_of_one_call_brings_its_soft_limit_along():
    """Else it would begin to count only after the default soft limit has run out."""
    app = make()
    for given, soft in [({"time_limit": 6}, 5), ({"time_limit": 600}, None), ({}, None)]:
        options = dict(given)
        settings.reconcile_call(app, None, options)
        assert options.get("soft_time_limit") == soft


@pytest.mark.parametrize("reason", ["", "  ", None, 3])
def test_a_waiver_needs_a_reason(reason):
    with pytest.raises(WaiverError, match="reason"):
        make(waive={"accept_content": reason})


def test_a_waiver_for_nothing_names_the_nearest():
    with pytest.raises(WaiverError, match="did you mean 'accept_content'"):
        make(waive={"acept_content": "typo"})


def test_transport_options_merge_key_by_key():
    app = make()
    merged = settings.transport_options(app, "redis", {"visibility_timeout": 7200, "x": 1})
    assert (merged["visibility_timeout"], merged["x"], merged["unacked_restore_interval"]) == (
        7200,
        1,
        1,
    )
    amqp = settings.transport_options(app, "amqp", {"max_retries": 1})
    assert (amqp["confirm_publish"], amqp["max_retries"]) == (True, 1)
    assert "visibility_timeout" not in amqp
    assert settings.transport_options(app, "memory", {"a": 1}) == {"a": 1}
    app.conf.task_time_limit = 10000
    assert settings.transport_options(app, "redis", {})["visibility_timeout"] == 15000


@pytest.mark.parametrize(
    ("limit", "timeout", "warned"),
    [(600, 300, True), (600, 601, False), (600, None, False), (60, 60, True)],
)
def test_visibility_timeout_below_a_limit_is_said_with_numbers(limit, timeout, warned):
    app = SafeCelery("shop", broker="redis://localhost/0", set_as_current=False)
    app.conf.task_time_limit = limit
    if timeout is not None:
        app.conf.broker_transport_options = {"visibility_timeout": timeout, **NO_LEASE}
    found = list(settings.check_visibility(app))
    assert bool(found) is warned
    if warned:
        assert f"visibility_timeout is {timeout} s, task_time_limit is {limit} s" in found[0]


def test_visibility_timeout_below_a_tasks_own_limit_names_the_task():
    app = SafeCelery("shop", broker="redis://localhost/0", set_as_current=False)
    app.conf.broker_transport_options = {"visibility_timeout": 120, **NO_LEASE}

    @app.task(name="shop.report", time_limit=7200, shared=False)
    def report():
        pass

    assert "the time limit of shop.report is 7200 s" in next(settings.check_visibility(app))


def test_a_leased_consumer_need_not_fear_the_visibility_timeout():
    """What a living worker holds stays its own (tests/integration/test_redis_leases.py)."""
    app = SafeCelery("shop", broker="redis://localhost/0", set_as_current=False)
    app.conf.update(task_time_limit=600, broker_transport_options={"visibility_timeout": 300})
    assert list(settings.check_visibility(app)) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings.check_delay(app, "shop.remind", {"countdown": 4000})


@pytest.mark.parametrize("how", ["constructor", "conf", "namespace"])
def test_misspelt_setting_of_ours_is_refused_with_the_nearest_name(how):
    with pytest.raises(UnsafeSetting, match="'safe_retry_maks'; did you mean 'safe_retry_max'"):
        if how == "constructor":
            SafeCelery("shop", changes={"safe_retry_maks": 3}, set_as_current=False).finalize()
        elif how == "conf":
            app = make()
            app.conf.safe_retry_maks = 3
            app.send_task("x")
        else:
            app = make()
            app.config_from_object({"CELERY_SAFE_RETRY_MAKS": 3}, namespace="CELERY")
            assert app.conf.broker_url
