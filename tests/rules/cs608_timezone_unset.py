from celery import Celery
from celery.schedules import crontab

app = Celery("shop", broker="redis://localhost")
app.conf.beat_schedule = {
    "nightly": {
        "task": "shop.close",
        "schedule": crontab(minute=0, hour=3),  # error: CS608
    },
    "by position": {
        "task": "shop.close",
        "schedule": crontab(0, "3,15"),  # error: CS608
    },
    "hourly": {"task": "shop.close", "schedule": crontab(minute=0)},
    "each hour": {"task": "shop.close", "schedule": crontab(minute=0, hour="*")},
    "even hours": {"task": "shop.close", "schedule": crontab(minute=0, hour="*/2")},
    "seconds": {"task": "shop.close", "schedule": 3600},
}
