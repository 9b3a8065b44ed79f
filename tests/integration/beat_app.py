"""An app whose clock runs fast, from the environment: beat has a night in some seconds."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from celery import signals

from celery_safe import SafeCelery
from celery_safe.schedules import cron, daily, every, once, schedule

UTC = timezone.utc
NIGHT = datetime.fromisoformat(os.environ["NIGHT"])
SPEED = float(os.environ["SPEED"])
FOLDER = Path(os.environ["FOLDER"])


class Fast(SafeCelery):
    """Its clock stands until the test starts it: a beat may take long to come up."""

    begun: datetime | None = None

    def now(self):
        if self.begun is None and (FOLDER / "begun").exists():
            self.begun = datetime.fromisoformat((FOLDER / "begun").read_text())
        return NIGHT if self.begun is None else NIGHT + (datetime.now(UTC) - self.begun) * SPEED


@signals.beat_init.connect(weak=False)
def ready(**_):
    (FOLDER / "ready").touch()


app = Fast("night", broker=os.environ["BROKER"], set_as_current=True)
app.conf.task_default_queue = os.environ["QUEUE"]
app.conf.result_expires = None  # or beat cleans up at four
# Beat sleeps by the real clock.
app.conf.beat_max_loop_interval = 0.05


@app.task(name="ring")
def ring(bell: str, *, loud: bool = False) -> None: ...


schedule(ring, daily(at="02:30", tz="Europe/Berlin"), "daily", loud=True)
schedule(ring, cron("*/15 * * * *", tz="Europe/Berlin"), "quarter")
schedule(ring, every(minutes=40), "every")
schedule(ring, once(at=NIGHT + timedelta(minutes=20)), "once")
