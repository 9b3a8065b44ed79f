from celery import Celery
from celery.schedules import crontab

app = Celery("shop")
CELERY_BEAT_SCHEDULE = {
    # Schedule every 30 minutes
    "close-orders": {
        "task": "shop.close",
        "schedule": crontab(minute=30),  # error: CS609
        "options": {"queue": "slow"},
    },
    "bill-every-15-minutes": {
        "task": "shop.bill",
        "schedule": crontab(minute="15"),  # error: CS609
    },
    "pack": {
        "task": "shop.pack",
        # Every 6 hours.
        "schedule": crontab(minute=0, hour=6),  # error: CS609
    },
    "ship": {"task": "shop.ship", "schedule": crontab(10)},  # every 10 min # error: CS609
    # Every 30 minutes
    "right": {"task": "shop.close", "schedule": crontab(minute="*/30")},
    # Nightly; it takes what is older than every 30 minutes.
    "nightly": {"task": "shop.close", "schedule": crontab(minute=30, hour=3)},
    # At half past every hour
    "hourly": {"task": "shop.close", "schedule": crontab(minute=30)},
    # Every 5 minutes would be too often
    "other": {"task": "shop.close", "schedule": crontab(minute=30)},
    # Every 1 minute
    "each": {"task": "shop.close", "schedule": crontab(minute=1)},
    "status-nightly": {
        "task": "shop.status",
        "schedule": crontab(minute=1),  # error: CS609
    },
    # Runs once a day
    "daily": {"task": "shop.status", "schedule": crontab(minute=1, hour="*")},  # error: CS609
    # every Monday
    "digest": {"task": "shop.mail", "schedule": crontab(minute=1, hour=4)},  # error: CS609
    # every Monday
    "mondays": {"task": "shop.mail", "schedule": crontab(minute=1, hour=4, day_of_week=1)},
    # every day, at each full hour
    "hours": {"task": "shop.status", "schedule": crontab(minute=0)},
    "fortnightly": {"task": "shop.status", "schedule": crontab(minute=0, hour=1)},
    "every_weekday": {"task": "shop.status", "schedule": crontab(minute=0, hour=1)},
    "every_day": {"task": "shop.status", "schedule": crontab(minute=0, hour=1)},
    # Once every 30 minutes, formerly every 10 minutes
    "two": {"task": "shop.close", "schedule": crontab(minute=10)},
}
