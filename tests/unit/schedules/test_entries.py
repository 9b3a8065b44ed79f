"""``schedule(...)``: which app gets the entry, under which name, and what is refused."""

from __future__ import annotations

import pytest
from celery import Celery, shared_task
from pydantic import BaseModel

from celery_safe import SafeCelery, ScheduleError, UncheckedArgumentWarning
from celery_safe.beat import WHEN
from celery_safe.schedules import daily, every, schedule
from celery_safe.store.memory import MemoryStore


@pytest.fixture
def app():
    return SafeCelery("shop", broker="memory://", set_as_current=False)


@pytest.fixture
def digest(app):
    @app.task(name="digest", shared=False)
    def digest(region: str, limit: int = 5) -> None: ...

    return digest


def test_an_entry_of_beat(app, digest):
    schedule(digest, every(minutes=5, queue="slow", expires=60), "eu", limit=10)
    assert "digest" not in app._tasks, "scheduling must not make the task before its time"
    app.finalize()
    ((name, entry),) = app.conf.beat_schedule.items()
    assert name == "digest('eu', limit=10)"
    assert (entry["task"], tuple(entry["args"]), entry["kwargs"]) == (
        "digest",
        ("eu",),
        {"limit": 10},
    )
    assert entry["options"]["queue"] == "slow"
    assert entry["options"]["expires"] == 60
    assert entry["options"]["headers"][WHEN]["name"] == name
    assert app.scheduled[name].when == entry["schedule"]


def test_the_configuration_comes_later(digest, app):
    """Scheduling at import does not configure the app."""
    schedule(digest, every(minutes=5), "eu")
    assert not app.configured
    app.config_from_object({"beat_schedule": {"old": {"task": "digest", "schedule": 60.0}}})
    app.finalize()
    assert set(app.conf.beat_schedule) == {"old", "digest('eu')"}


def test_names_tell_entries_apart_whatever_their_order():
    def names(*order):
        app = SafeCelery("shop", broker="memory://", set_as_current=False)

        @app.task(name="d", shared=False)
        def d(region: str = "") -> None: ...

        whens = {
            "a": (daily(at="02:30", tz="UTC"), "eu"), "b": (daily(at="03:30", tz="UTC"), "eu"),
            "c": (every(hours=1), "us"), "d": (every(hours=1, name="mine"), "us"), "e": (every(hours=2),),
        }  # fmt: skip
        for key in order:
            schedule(d, *whens[key])
        app.finalize()
        return set(app.conf.beat_schedule)

    expected = {"d('eu') daily at 02:30 UTC", "d('eu') daily at 03:30 UTC", "d", "mine"}
    assert names(*"abcde") == names(*"edcba")
    assert names(*"abcde") >= expected
    assert len(names(*"abcde")) == 5


def test_a_long_argument_makes_a_short_name(app, digest):
    schedule(digest, every(hours=1), "x" * 500)
    schedule(digest, every(hours=1), "x" * 499 + "y")
    app.finalize()
    assert len(app.conf.beat_schedule) == 2
    assert all(len(name) <= 150 for name in app.conf.beat_schedule)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {"limit": 3}, "missing a required argument: 'region'; it takes .region"),
        (("eu",), {"limt": 3}, "unexpected keyword argument 'limt'"),
        (("eu", 1, 2), {}, "too many positional arguments"),
        (({"eu"},), {}, "region: Input should be a valid string, not {'eu'}"),
        ((5,), {}, "region: Input should be a valid string, not 5"),
        (("eu", "10"), {}, "limit: Input should be a valid integer, not '10'"),
        (("eu",), {"limit": 2.5}, "limit: Input should be a valid integer"),
    ],
)
def test_what_the_task_does_not_take_is_refused_when_the_app_is_finalised(
    app, digest, args, kwargs, message
):
    schedule(digest, every(minutes=5), *args, **kwargs)
    with pytest.raises(ScheduleError, match=f"schedule of digest at .*test_entries.py:.*{message}"):
        app.finalize()
    with pytest.raises(ScheduleError):
        app.finalize()


def test_all_that_is_wrong_is_said_at_once(app, digest):
    schedule(digest, every(minutes=5))
    schedule(digest, every(minutes=5), "eu", limt=1)
    with pytest.raises(ScheduleError) as caught:
        app.finalize()
    assert str(caught.value).count("schedule of digest") == 2


def test_a_finalised_app_refuses_at_once(app, digest):
    app.finalize()
    with pytest.raises(ScheduleError, match="missing"):
        schedule(digest, every(minutes=5))
    schedule(digest, every(minutes=5), "eu")
    assert list(app.conf.beat_schedule) == ["digest('eu')"]


def test_twice_the_same_is_a_mistake(app, digest):
    schedule(digest, every(minutes=5), "eu")
    schedule(digest, every(minutes=5), "eu")
    with pytest.raises(ScheduleError, match=r"is scheduled at .*test_entries.py:\d+; remove one"):
        app.finalize()


def test_a_name_that_is_taken(app, digest):
    app.conf.beat_schedule = {"mine": {"task": "digest", "schedule": 60.0}}
    schedule(digest, every(minutes=5, name="mine"), "eu")
    with pytest.raises(ScheduleError, match="'mine' is scheduled already"):
        app.finalize()


def test_overlap_needs_a_store(app, digest):
    schedule(digest, every(minutes=5, overlap="skip"), "eu")
    with pytest.raises(ScheduleError, match="store=.*use-a-store"):
        app.finalize()
    other = SafeCelery("b", broker="memory://", set_as_current=False, store=MemoryStore())

    @other.task(name="d", shared=False)
    def d() -> None: ...

    schedule(d, every(minutes=5, overlap="queue"))
    other.finalize()
    assert other.conf.beat_schedule["d"]["options"]["headers"][WHEN]["overlap"] == "queue"


def test_bound_and_shared_tasks():
    app = SafeCelery("shop", broker="memory://")

    @app.task(name="bound_here", bind=True)
    def bound(self, n: int) -> None: ...

    @shared_task(name="scheduled_here")
    def shared(n: int) -> None: ...

    schedule(bound, every(minutes=5), 1)
    schedule(shared, every(minutes=5), 2)
    app.finalize()
    assert set(app.conf.beat_schedule) == {"bound_here(1)", "scheduled_here(2)"}


def test_each_app_takes_its_own(app, digest):
    other = SafeCelery("other", broker="memory://", set_as_current=False)

    @other.task(name="theirs", shared=False)
    def theirs() -> None: ...

    schedule(digest, every(minutes=5), "eu")
    schedule(theirs, every(minutes=5))
    other.finalize()
    assert list(other.conf.beat_schedule) == ["theirs"]
    assert not app.finalized
    app.finalize()
    assert list(app.conf.beat_schedule) == ["digest('eu')"]


def test_what_is_no_task_or_no_schedule(app, digest):
    with pytest.raises(ScheduleError, match="is its decorator missing"):
        schedule(print, every(minutes=5))  # type: ignore[arg-type]
    with pytest.raises(ScheduleError, match=r"300 is no schedule; write every\(minutes=5\)"):
        schedule(digest, 300)  # type: ignore[arg-type]


def test_a_task_of_plain_celery_is_no_business_of_ours():
    plain = Celery("plain", broker="memory://", set_as_current=False)

    @plain.task(name="p", shared=False)
    def p() -> None: ...

    with pytest.raises(ScheduleError, match=r"<locals>.p at .*its app is no SafeCelery"):
        schedule(p, every(minutes=5))
    assert "p" not in plain._tasks, "it is not made before its time"
    plain.finalize()
    with pytest.raises(ScheduleError, match=r"schedule of p at .*its app is no SafeCelery"):
        schedule(p, every(minutes=5))


def test_arguments_that_json_does_not_give_back(app):
    """They are stored as plain JSON, and refused as at a call."""
    from datetime import date

    class Box(BaseModel):
        size: int

    @app.task(name="pack", shared=False)
    def pack(box: Box, day: date, extra: object = None) -> None: ...

    schedule(pack, every(minutes=5), Box(size=3), date(2026, 1, 2))
    app.finalize()
    ((name, entry),) = app.conf.beat_schedule.items()
    assert entry["args"] == ({"size": 3}, date(2026, 1, 2))
    assert name == "pack({'size': 3}, datetime.date(2026, 1, 2))"
    with pytest.raises(ScheduleError, match="schedule of pack at .*box.size: .*valid integer"):
        schedule(pack, every(minutes=5), {"size": "x"}, date(2026, 1, 2))
    with pytest.raises(ScheduleError, match="extra: set; send sorted"):
        schedule(pack, every(minutes=5), Box(size=3), date(2026, 1, 2), extra={1})


def test_a_type_that_pydantic_does_not_know_is_not_checked(app):
    class Odd: ...

    @app.task(name="odd", shared=False)
    def odd(what: Odd, n: "Unknown" = 1) -> None: ...  # noqa: F821, UP037

    schedule(odd, every(minutes=5), "x", n="y")
    with pytest.warns(UncheckedArgumentWarning, match="n .NameError"):
        app.finalize()
    assert len(app.conf.beat_schedule) == 1
