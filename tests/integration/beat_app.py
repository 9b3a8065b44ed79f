"""An app whose clock runs fast, from the environment: beat has a night in some seconds."""

import os
from datetime import datetime, timedelta, timezone

from celery_safe import SafeCelery
from celery_safe.schedules import cron, daily, every, once, schedule

UTC = timezone.utc
NIGHT = datetime.fromisoformat(os.environ["NIGHT"])
BEGUN = datetime.fromisoformat(os.environ["BEGUN"])
SPEED = float(os.environ["SPEED"])


class Fast(SafeCelery):
    def now(self):
        return NIGHT + (datetime.now(UTC) - BEGUN) * SPEED


app = Fast("night", broker=os.environ["BROKER"], set_as_current=True)
app.conf.task_default_queue = os.environ["QUEUE"]
# Beat sleeps by the real clock.
app.conf.beat_max_loop_interval = 0.05


@app.task(name="ring")
def ring(bell: str, *, loud: bool = False) -> None: ...


schedule(ring, daily(at="02:30", tz="Europe/Berlin"), "daily", loud=True)
schedule(ring, cron("*/15 * * * *", tz="Europe/Berlin"), "quarter")
schedule(ring, every(minutes=40), "every")
schedule(ring, once(at=NIGHT + timedelta(minutes=20)), "once")
