"""A simulated year of every kind of schedule, compared with the oracle minute by minute."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from celery.beat import PersistentScheduler
from support import wall_clock
from support.wall_clock import BEGIN, END, MINUTE

from celery_safe import SafeCelery
from celery_safe.schedules import cron, daily, every, from_spec, once, schedule, weekly

UTC = timezone.utc
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"]
#: Clocks changed at midnight, by two hours, at a quarter to, in Ramadan, and by dates of their own.
ODD = [
    "America/Havana", "Antarctica/Troll", "Pacific/Chatham", "Africa/Casablanca", "Africa/Cairo",
    "Asia/Beirut", "America/St_Johns", "Asia/Gaza", "America/Nuuk", "Europe/Dublin",
]  # fmt: skip
FIXED = [
    "30 2 * * *",
    "0 0 * * *",
    "30 0,23 * * *",
    "15,45 1-3 * * mon-fri",
    "0 3 1 * *",
    "45 1 * mar-nov sun",
]
ELAPSED = ["*/15 8-18 * * mon-fri", "0 * * * *", "*/20 * 5,25 * *", "30 */2 * * *", "*/7 2 * * *"]


def iterate(when, begin=BEGIN, end=END):
    runs, moment = [], begin - timedelta(seconds=1)
    while (moment := when.next_run(moment)) is not None and moment < end:
        runs.append(moment)
    return runs


@pytest.mark.parametrize("zone", ZONES)
def test_every_expression_over_the_year(zone):
    for expression in FIXED:
        assert iterate(cron(expression, tz=zone)) == wall_clock.fixed(expression, zone), expression
    for expression in ELAPSED:
        assert iterate(cron(expression, tz=zone)) == wall_clock.elapsed(expression, zone), (
            expression
        )
    for at in ("00:15", "01:45", "02:00", "02:30", "23:59"):
        minute, hour = int(at[3:]), int(at[:2])
        expected = wall_clock.fixed(f"{minute} {hour} * * *", zone)
        assert iterate(daily(at=at, tz=zone)) == expected
        assert len({m.astimezone(ZoneInfo(zone)).date() for m in expected}) == len(expected) >= 364
        expected = wall_clock.fixed(f"{minute} {hour} * * sun,wed", zone)
        assert iterate(weekly("wed, sunday", at=at, tz=zone)) == expected


def changes(zone):
    """The hours of the year in which the zone's clocks are changed."""
    hours = [(BEGIN + timedelta(hours=n)).astimezone(ZoneInfo(zone)) for n in range(365 * 24)]
    return [
        b.astimezone(UTC) for a, b in itertools.pairwise(hours) if a.utcoffset() != b.utcoffset()
    ]


@pytest.mark.parametrize("zone", ODD)
def test_the_odd_zones_on_the_days_of_the_change(zone):
    found = changes(zone)
    assert len(found) >= 2
    for change in found:
        begin, end = change - timedelta(days=1), change + timedelta(days=1)
        for expression in ("* * * * *", "*/5 * * * *", "0 * * * *", "*/15 0-3 * * *"):
            expected = wall_clock.elapsed(expression, zone, begin=begin, end=end)
            assert iterate(cron(expression, tz=zone), begin, end) == expected, expression
        for expression in ("30 2 * * *", "0,30 0-3,22,23 * * *", "5 0 * * *"):
            # The oracle must know what its first minute shows for the first time.
            early = begin - timedelta(days=1)
            expected = wall_clock.fixed(expression, zone, begin=early, end=end)
            assert iterate(cron(expression, tz=zone), early, end) == expected, expression


@pytest.mark.parametrize("zone", [z for z in ZONES if z != "UTC"])
def test_no_hole_at_the_change(zone):
    for change in changes(zone):
        begin, end = change - timedelta(hours=6), change + timedelta(hours=6)
        for expression, gap in (("* * * * *", 1), ("*/5 * * * *", 5)):
            runs = iterate(cron(expression, tz=zone), begin, end)
            assert {b - a for a, b in itertools.pairwise(runs)} == {timedelta(minutes=gap)}


class Clock:
    moment = BEGIN


def now():
    """By name, as a schedule is pickled with it."""
    return Clock.moment


class Beat(PersistentScheduler):
    """Celery's own, which sends nothing but writes down what it would have sent."""

    producer = None
    runs: list[tuple[str, datetime]]

    def apply_async(self, entry, producer=None, advance=True, **kwargs):
        self.runs.append((entry.name, now().replace(second=0, microsecond=0)))


def simulate(app, tmp_path, begin, end, restarts=(), forget=False):
    """Run beat from ``begin`` to ``end``; at each of ``restarts`` it ends and begins again."""
    Clock.moment, runs, generation = begin, [], 0
    for stop in [*restarts, end]:
        generation += forget
        beat = Beat(app, schedule_filename=str(tmp_path / f"beat{generation}"))
        beat.runs, beat.max_interval = runs, 86400 * 30
        while Clock.moment < stop:
            wait = beat.tick()
            # Beat asks 10 ms too early, and then again until it is time.
            Clock.moment += timedelta(seconds=max(wait, 0.01))
        Clock.moment = max(stop, Clock.moment)
        beat.close()
    found = {}
    for name, moment in runs:
        if moment < end:
            found.setdefault(name, []).append(moment)
    return found


def app_with(*whens):
    app = SafeCelery("year", broker="memory://", backend="cache+memory://", set_as_current=False)

    @app.task(name="t", shared=False)
    def t():
        pass

    for number, when in enumerate(whens):
        schedule(t, from_spec({**when.spec, "name": str(number)}, now))
    app.conf.result_expires = None
    app.finalize()
    return app


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_beat(zone, tmp_path):
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    app = app_with(
        daily(at="02:30", tz=zone),
        weekly("sun", at="01:15", tz=zone),
        cron("0 2 1-31 * *", tz=zone),
        cron("30 */6 * * *", tz=zone),
        every(hours=7),
        every(days=1, start=BEGIN),
        once(at=moment),
    )
    begin = BEGIN - MINUTE
    found = simulate(app, tmp_path, begin, END)
    assert found["0"] == wall_clock.fixed("30 2 * * *", zone)
    assert found["1"] == wall_clock.fixed("15 1 * * sun", zone)
    assert found["2"] == wall_clock.fixed("0 2 1-31 * *", zone)
    assert found["3"] == wall_clock.elapsed("30 */6 * * *", zone)
    assert found["4"] == [begin + timedelta(hours=7 * n) for n in range(1, len(found["4"]) + 1)]
    assert END - found["4"][-1] <= timedelta(hours=7)
    assert found["5"] == [BEGIN + timedelta(days=n) for n in range(365)]
    assert found["6"] == [moment]


@pytest.mark.parametrize("zone", [z for z in ZONES if z != "UTC"])
@pytest.mark.parametrize("forget", [False, True], ids=["remembers", "forgets"])
def test_restarts_of_beat_around_the_change(zone, forget, tmp_path):
    """Every seven minutes a new beat; also one that has lost its file."""
    whens = {
        "fixed": ["30 2 * * *", "0 2 * * *", "15,45 1-3 * * *", "30 23 * * *"],
        "elapsed": ["*/5 * * * *", "0 * * * *", "30 1-3,23 * * *"],
    }
    for change in changes(zone):
        begin, end = change - timedelta(hours=5), change + timedelta(hours=5)
        restarts = [begin + timedelta(minutes=7 * n, seconds=30) for n in range(1, 85)]
        app = app_with(*(cron(e, tz=zone) for kind in whens.values() for e in kind))
        found = simulate(app, tmp_path, begin - timedelta(seconds=30), end, restarts, forget)
        early = change - timedelta(days=2)
        for number, expression in enumerate(whens["fixed"]):
            expected = wall_clock.fixed(expression, zone, begin=early, end=end)
            assert found.get(str(number), []) == [m for m in expected if m >= begin], expression
        stars = whens["elapsed"]
        for number, expression in enumerate(stars[:2], len(whens["fixed"])):
            expected = wall_clock.elapsed(expression, zone, begin=begin, end=end)
            assert found.get(str(number), []) == expected, expression
        for path in tmp_path.iterdir():
            path.unlink()
