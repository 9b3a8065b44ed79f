"""What the builders make, keep and refuse."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from celery.schedules import schedule as interval

from celery_safe import ScheduleError
from celery_safe.schedules import cron, daily, every, from_spec, once, weekly

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def now():
    return NOW


def at(when):
    when.nowfun = now
    return when


ALL = [
    every(minutes=5, hours=1),
    every(days=1, start="2026-01-01T00:00Z", jitter=timedelta(minutes=3)),
    daily(
        at="02:30", tz="Europe/Berlin", overlap="skip", misfire="skip", expires=3600, queue="slow"
    ),
    weekly("mon, thursday", at=time(9, 5), tz=BERLIN, name="mails"),
    cron("*/15 8-18 * * mon-fri", tz="UTC"),
    cron("0 9 1-7 * mon", days="both"),
    once(at="2026-12-24T18:00", tz="Europe/Berlin"),
]


@pytest.mark.parametrize("when", ALL, ids=repr)
def test_a_schedule_survives_pickle_copy_and_its_spec(when):
    for other in (pickle.loads(pickle.dumps(when)), copy.deepcopy(when), from_spec(when.spec)):
        assert other == when
        assert (other != when) is False
        assert other.rules == when.rules
        assert other.words == when.words
        assert other.next_run(NOW) == when.next_run(NOW)


def test_schedules_that_differ_are_not_equal():
    assert len({repr(a == b) for a in ALL for b in ALL if a is not b}) == 1
    assert ALL[0] != every(minutes=5)
    assert daily(at="02:30", tz="UTC") != daily(at="02:30", tz="Europe/Berlin")
    assert daily(at="02:30") != crontab(minute=30, hour=2)
    assert crontab(minute=30, hour=2) != daily(at="02:30")
    assert every(minutes=5) != interval(300)
    assert every(minutes=5) != daily(at="00:05")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: every(), "an interval of 0 s; write every.minutes=5"),
        (lambda: every(minutes="5"), "every: .*str"),
        (lambda: every(minutes=5, jitter=300), "jitter=300 is not below the interval of 300 s"),
        (lambda: every(minutes=5, start=datetime(2026, 1, 1)), "says no time zone"),
        (lambda: daily(at="25:00"), "'25:00' is no time of day"),
        (lambda: daily(at=time(1, 2, 3)), "is no time of day"),
        (lambda: daily(at="02:30", tz="Europe/Berln"), "did you mean 'Europe/Berlin'"),
        (lambda: daily(at="02:30", tz=timezone(timedelta(hours=1))), "has no name"),
        (lambda: daily(at="02:30", overlp="skip"), "no option 'overlp'; did you mean 'overlap'"),
        (lambda: daily(at="02:30", overlap="skpi"), "did you mean 'skip'"),
        (lambda: daily(at="02:30", misfire="never"), "there are: run_once, skip"),
        (lambda: daily(at="02:30", expires="1h"), "write seconds, or a timedelta"),
        (lambda: daily(at="02:30", expires=0), "write seconds"),
        (lambda: daily(at="02:30", jitter=-1), "write seconds"),
        (lambda: daily(at="02:30", jitter=True), "write seconds"),
        (lambda: daily(at="02:30", queue=""), "write a name"),
        (lambda: weekly("wensday", at="9:00"), "did you mean 'wednesday'"),
        (lambda: weekly([], at="9:00"), "on which day"),
        (lambda: cron("* * * *"), "4 fields"),
        (lambda: cron("61 * * * *"), "61"),
        (lambda: cron("5/15 * * * *"), "5/15"),
        (lambda: cron("0 mon * * *"), "'mon' is no hour; write numbers"),
        (lambda: cron("0 0 * * jan"), "'jan' is no day of the week; there are: sun, mon"),
        (lambda: cron("0 0 * monkey *"), "'monkey' is no month"),
        (lambda: cron("0 0 30 2 *"), "never occurs|no such day"),
        (lambda: cron("0 0 13 * fri"), 'write days="either" or days="both"'),
        (lambda: cron("0 0 13 * fri", days="any"), "'both' or 'either'"),
        (lambda: once(at="2026-12-24T18:00"), "says no time zone.*Europe/Berlin"),
        (lambda: once(at="christmas"), "is no date"),
        (lambda: from_spec({"kind": "hourly"}), "there are: every, daily"),
        (lambda: from_spec({"kind": "daily", "when": "02:30"}), "daily"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_error_that_says_what_to_write(call, message):
    with pytest.raises(ScheduleError, match=message):
        call()


def test_cron_reads_sunday_as_zero_and_as_seven():
    assert cron("0 0 * * 7").times == cron("0 0 * * 0").times == cron("0 0 * * sun").times
    assert cron("0 0 * * 0-7").times.weekdays == cron("0 0 * * *").times.weekdays
    assert cron("0 0 * * 1-7").times.weekdays == set(range(7))
    assert cron("0 0 * * 5-7").times.weekdays == {5, 6, 0}


def test_either_and_both():
    first = datetime(2026, 11, 1, tzinfo=UTC)
    both, either = (cron("0 9 1-7 * mon", days=d, tz="UTC") for d in ("both", "either"))
    assert both.next_run(first) == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert both.next_run(both.next_run(first)) == datetime(2026, 12, 7, 9, tzinfo=UTC)
    assert either.next_run(first) == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert either.next_run(datetime(2026, 11, 8, tzinfo=UTC)) == datetime(
        2026, 11, 9, 9, tzinfo=UTC
    )


def test_all_hours_are_a_star():
    """``0 0-23`` means what ``0 *`` means, and so is not silent for two hours."""
    change = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    for expression in ("0 0-23 * * *", "0 * * * *", "0 */1 * * *"):
        assert cron(expression, tz="Europe/Berlin").next_run(change - timedelta(hours=1)) == change


def test_the_29th_of_february():
    leap = cron("0 0 29 2 *", tz="UTC")
    assert leap.next_run(NOW) == datetime(2028, 2, 29, tzinfo=UTC)
    sunday = cron("0 0 29 2 sun", days="both", tz="UTC")
    assert sunday.next_run(NOW) == datetime(2032, 2, 29, tzinfo=UTC)
    assert sunday.next_run(sunday.next_run(NOW)) == datetime(2060, 2, 29, tzinfo=UTC)


def test_an_interval_counts_from_the_last_run_or_from_its_start():
    when = at(every(minutes=5))
    assert when.is_due(NOW - timedelta(minutes=5)) == (True, 300)
    assert when.is_due(NOW - timedelta(minutes=4)) == (False, 60)
    assert when.is_due(NOW - timedelta(days=3)) == (True, 300)
    grid = at(every(minutes=5, start="2026-01-01T00:02:00+00:00"))
    assert grid.is_due(NOW - timedelta(minutes=2)) == (False, 120)
    assert grid.is_due(NOW - timedelta(minutes=4)) == (True, 120)
    assert grid.next_run(datetime(2025, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, 0, 2, tzinfo=UTC)


def test_one_run_for_all_that_were_missed_or_none_that_is_late():
    long_ago, just_now = NOW - timedelta(days=3), NOW - timedelta(seconds=61)
    for kind in (
        lambda **o: daily(at="11:59", tz="UTC", **o),
        lambda **o: cron("59 11 * * *", tz="UTC", **o),
    ):
        assert at(kind()).is_due(long_ago).is_due
        assert at(kind(misfire="skip")).is_due(just_now).is_due  # a minute late
    for missed in (daily(at="11:00", tz="UTC", misfire="skip"), every(minutes=11, misfire="skip")):
        due = at(missed).is_due(long_ago)
        assert not due.is_due
        assert 0 < due.next <= 86400
    assert at(daily(at="11:00", tz="UTC")).is_due(long_ago).is_due


def test_celerys_own_deadline_holds_for_ours():
    when = at(daily(at="11:00", tz="UTC"))
    when.app.conf.beat_cron_starting_deadline = 60
    try:
        assert not when.is_due(NOW - timedelta(days=2)).is_due
    finally:
        when.app.conf.beat_cron_starting_deadline = None


def test_once_is_once():
    when = at(once(at=NOW))
    assert when.is_due(NOW - timedelta(days=1)).is_due
    due = when.is_due(NOW)
    assert not due.is_due
    assert due.next > 86400
    assert when.remaining_estimate(NOW) is None
    missed = at(once(at=NOW - timedelta(hours=1), misfire="skip"))
    assert not missed.is_due(NOW - timedelta(days=1)).is_due


def test_what_never_ran_owes_nothing():
    """redbeat says the year 1 for an entry that has never run."""
    never = datetime(1, 1, 2, tzinfo=BERLIN)
    for when in (
        daily(at="11:00", tz="Europe/Berlin"),
        every(minutes=7),
        once(at=NOW - timedelta(hours=1)),
    ):
        assert not at(when).is_due(never).is_due
    assert at(daily(at="12:00", tz="UTC")).is_due(never).is_due


def test_jitter_is_the_same_after_a_restart_and_loses_no_run():
    plain = cron("*/10 * * * *", tz="UTC")
    shaken, again = (cron("*/10 * * * *", tz="UTC", jitter=1500, name="a") for _ in range(2))
    other = cron("*/10 * * * *", tz="UTC", jitter=1500, name="b")
    end = NOW + timedelta(days=2)

    def runs(when):
        moment, found = NOW, []
        while (moment := when.next_run(moment)) < end:
            found.append(moment)
        return found

    assert runs(shaken) == runs(again)
    assert runs(shaken) != runs(other)
    assert abs(len(runs(shaken)) - len(runs(plain))) <= 3  # those that the ends cut off
    late = [r - max(p for p in [NOW, *runs(plain)] if p <= r) for r in runs(shaken)]
    assert len(set(late)) > 200
    for run in runs(shaken)[:50]:
        assert shaken.next_run(run - timedelta(microseconds=1)) == run


def test_a_naive_last_run_is_utc():
    when = at(daily(at="12:30", tz="Europe/Berlin"))  # 11:30 UTC
    assert when.is_due(datetime(2026, 11, 21, 11, 29)).is_due
    assert not when.is_due(datetime(2026, 11, 21, 11, 31)).is_due


def test_beat_writes_down_utc():
    assert daily(at="12:30", tz="Europe/Berlin").now().tzinfo is UTC


def test_clocks_that_are_put_back_over_midnight():
    """St. John's, until 2011: at one past midnight it was 23:01 of the day before again."""
    change = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    runs, moment = [], change - timedelta(minutes=31)
    when = cron("*/15 * * * *", tz="America/St_Johns")
    while (moment := when.next_run(moment)) < change + timedelta(hours=2):
        runs.append(moment)
    walls = [f"{r.astimezone(ZoneInfo('America/St_Johns')):%d %H:%M}" for r in runs]
    assert walls == [
        "06 23:45", "07 00:00", "06 23:15", "06 23:30", "06 23:45", "07 00:00", "07 00:15", "07 00:30",
        "07 00:45", "07 01:00",
    ]  # fmt: skip
    once_a_day = daily(at="00:00", tz="America/St_Johns")
    assert once_a_day.next_run(change - timedelta(hours=1)) == change - timedelta(minutes=1)
    assert once_a_day.next_run(change) == change + timedelta(hours=24, minutes=59)
