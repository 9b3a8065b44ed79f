"""Real beats: Celery's own over the hour that repeats, redbeat on Redis, django-celery-beat on SQLite."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu import Consumer, Queue
from support.bench import Servers

from celery_safe import SafeCelery
from celery_safe.beat import WHEN
from celery_safe.broker import register
from celery_safe.schedules import daily, every, once, options, schedule
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker
UTC = timezone.utc
HERE = Path(__file__).parent


class Bells:
    """The messages of one queue, as they come."""

    def __init__(self, url: str, queue: str) -> None:
        register()
        self.app = Celery("bells", broker=url, set_as_current=False)
        self.connection = self.app.connection_for_read()
        self.heard: list[Any] = []
        self.consumer = Consumer(
            self.connection, [Queue(queue)], on_message=self._hear, accept=["json"]
        )
        self.consumer.consume()

    def _hear(self, message: Any) -> None:
        self.heard.append(message)
        message.ack()

    def listen(self) -> Counter[str]:
        with contextlib.suppress(TimeoutError):
            self.connection.drain_events(timeout=0.05)
        return Counter(m.payload[0][0] for m in self.heard)

    def close(self) -> None:
        self.connection.release()


@pytest.fixture
def bells(servers: Servers) -> Iterator[Bells]:
    made = Bells(servers("sqlite").url(), f"bells-{uuid.uuid4().hex}")
    yield made
    made.close()


def beat(folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    code = "from celery.bin.celery import main; main()"
    command = [sys.executable, "-c", code, "-A", "beat_app", "beat", "-s", str(folder / "beat"),
               "--pidfile=", "-l", "WARNING"]  # fmt: skip
    path = os.pathsep.join([str(HERE), *sys.path])
    return subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path, **environment}
    )


def last(bells: Bells) -> str:
    return str(bells.heard[-1].payload[0][0])


def test_celery_beat_over_the_hour_that_repeats(
    bells: Bells, servers: Servers, tmp_path: Path
) -> None:
    """Killed and started again in it; 02:30 is once all the same, and the quarters go on."""
    night = datetime(2026, 10, 24, 23, 55, tzinfo=UTC)  # 01:55 in Berlin, put back at 01:00 UTC
    speed = 1500
    environment = {
        "NIGHT": night.isoformat(), "FOLDER": str(tmp_path), "SPEED": str(speed),
        "BROKER": servers("sqlite").url(), "QUEUE": bells.consumer.queues[0].name,
    }  # fmt: skip

    process = beat(tmp_path, **environment)
    try:
        until((tmp_path / "ready").exists, "beat is up", 60)
        begun = datetime.now(UTC)
        (tmp_path / "new").write_text(begun.isoformat())
        (tmp_path / "new").rename(tmp_path / "begun")

        def clock() -> datetime:
            return night + (datetime.now(UTC) - begun) * speed

        # Beat has written down a run before it sends the next.
        until(lambda: bells.listen()["daily"] and last(bells) != "daily", "02:30", 60)
        process.kill()
        process.wait()
        killed = clock()
        process = beat(tmp_path, **environment)
        before = bells.listen()["quarter"]
        end = max(night + timedelta(hours=4), killed + timedelta(hours=1))

        def goes_on() -> bool:
            heard = bells.listen()
            return heard["quarter"] >= before + 3 and heard["every"] >= 2 and clock() > end

        until(goes_on, "quarters and the interval go on", 60)
    finally:
        process.kill()
        process.wait()
    heard = bells.listen()
    assert (heard["daily"], heard["once"]) == (1, 1)
    message = next(m for m in bells.heard if m.payload[0][0] == "daily")
    assert message.payload[1] == {"loud": True}
    assert message.headers[WHEN]["name"] == "ring('daily', loud=True)"


def test_redbeat(servers: Servers) -> None:
    """What redbeat has stored is what was written: zone, days of change, one time only."""
    from celery_safe.schedules.redbeat import RedBeatScheduler, RedBeatSchedulerEntry

    prefix = f"beat-{uuid.uuid4().hex}:"
    app = SafeCelery("redbeat", broker="memory://", set_as_current=False)
    app.conf.update(
        redbeat_redis_url=servers("redis").url(), redbeat_key_prefix=prefix, result_expires=None,
        redbeat_redis_options={"socket_timeout": 10},
    )  # fmt: skip

    @app.task(name="ring", shared=False)
    def ring(bell: str) -> None: ...

    whens = {
        "a": daily(at="02:30", tz="Europe/Berlin", expires=60), "b": every(minutes=7),
        "c": once(at=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)),
    }  # fmt: skip
    for bell, when in whens.items():
        schedule(ring, when, bell)
    app.finalize()
    sent: list[str] = []

    class Recorder(RedBeatScheduler):  # type: ignore[misc]  # Any without its types
        producer = None

        def apply_async(self, entry: Any, **kwargs: Any) -> None:
            sent.append(entry.name)
            self.reserve(entry)

    scheduler = Recorder(app)
    now = datetime.now(UTC)
    for bell in whens:
        name = f"ring({bell!r})"
        entry = RedBeatSchedulerEntry.from_key(prefix + name, app=app)
        assert entry.schedule == app.scheduled[name].when
        assert entry.schedule.next_run(now) == app.scheduled[name].when.next_run(now)
        entry.reschedule(now - timedelta(days=2))
        if bell != "c":
            scheduler.maybe_due(RedBeatSchedulerEntry.from_key(prefix + name, app=app))
    assert sent == ["ring('a')", "ring('b')"]
    again = RedBeatSchedulerEntry.from_key(prefix + "ring('a')", app=app)
    assert again.last_run_at >= now
    assert not again.is_due().is_due

    other = weekly_of(app, "d")
    other.save()
    stored = RedBeatSchedulerEntry.from_key(prefix + "d", app=app)
    assert stored.schedule == other.schedule, "one that is made while beat runs"
    client = __import__("redis").Redis.from_url(servers("redis").url())
    client.delete(*client.keys(prefix + "*"))


def weekly_of(app: Any, name: str) -> Any:
    from celery_safe.schedules import weekly
    from celery_safe.schedules.redbeat import RedBeatSchedulerEntry

    when = weekly("mon", at="09:00", tz="America/New_York")
    return RedBeatSchedulerEntry(
        name, "ring", when, ["d"], {}, options=options(name, when), app=app
    )


DJANGO = """
import django, sys
from datetime import datetime, timedelta, timezone
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django_celery_beat"], USE_TZ=True, TIME_ZONE="America/New_York",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
)
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from celery_safe import SafeCelery
from celery_safe.schedules import *
from celery_safe.schedules.django import DatabaseScheduler, ModelEntry
from django_celery_beat.models import CrontabSchedule, PeriodicTask

app = SafeCelery("dj", broker="memory://")
app.conf.result_expires = None

@app.task(name="ring")
def ring(bell: str) -> None: ...

now = datetime.now(timezone.utc)
whens = {"a": daily(at="02:30", tz="Europe/Berlin", expires=60, queue="slow"), "b": every(minutes=7),
         "c": once(at=now.replace(microsecond=0) + timedelta(seconds=60))}
for bell, when in whens.items():
    schedule(ring, when, bell)
app.finalize()
sent = []

class Recorder(DatabaseScheduler):
    producer = None
    def apply_async(self, entry, producer=None, advance=True, **kwargs):
        sent.append((entry.name, entry.options))

Recorder(app)
for bell in whens:
    name = f"ring({bell!r})"
    row = PeriodicTask.objects.get(name=name)
    entry = ModelEntry(row, app)
    assert entry.schedule == app.scheduled[name].when, (entry.schedule, app.scheduled[name].when)
a = PeriodicTask.objects.get(name="ring('a')")
assert (a.expire_seconds, a.queue, str(a.crontab.timezone)) == (60, "slow", "Europe/Berlin")
assert PeriodicTask.objects.get(name="ring('c')").one_off
PeriodicTask.objects.filter(name__startswith="ring").update(last_run_at=now - timedelta(days=2))
beat = Recorder(app)
for entry in list(beat.schedule.values()):
    assert isinstance(entry.schedule, When), entry
    due = ModelEntry(PeriodicTask.objects.get(name=entry.name), app).is_due()
    assert due.is_due == (entry.name != "ring('c')"), (entry, due)
for _ in range(5):
    beat.tick()
assert sorted(n for n, _ in sent) == ["ring('a')", "ring('b')"], sent
a.crontab = CrontabSchedule.objects.create(minute="7", hour="*", timezone="UTC")
a.save()
changed = ModelEntry(PeriodicTask.objects.get(name="ring('a')"), app)
assert not isinstance(changed.schedule, When), "the admin's word wins"
print("django-celery-beat: ok")
"""


def test_django_celery_beat(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DJANGO, str(tmp_path / "db.sqlite3")], capture_output=True, text=True,
        check=False, timeout=120, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout.endswith("django-celery-beat: ok\n"), done.stdout + done.stderr
