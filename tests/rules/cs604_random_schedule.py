import random
from datetime import timedelta
from random import randint

from celery import Celery
from celery.schedules import crontab

app = Celery("shop")
rng = random.Random("shop")
MINUTE = random.randrange(60)
FIXED = rng.randint(0, 59)
CELERY_BEAT_SCHEDULE = {
    "by module": {
        "task": "shop.close",
        "schedule": crontab(minute=random.randint(0, 59), hour=3),  # error: CS604
    },
    "by name": {
        "task": "shop.close",
        "schedule": crontab(minute=randint(0, 59)),  # error: CS604
    },
    "by a constant": {
        "task": "shop.close",
        "schedule": crontab(minute=MINUTE, hour=3),  # error: CS604
    },
    "a delta": {
        "task": "shop.close",
        "schedule": timedelta(seconds=60 + random.random()),  # error: CS604
    },
    "with a seed": {"task": "shop.close", "schedule": crontab(minute=FIXED, hour=3)},
    "fixed": {"task": "shop.close", "schedule": crontab(minute=5, hour=3)},
    "random argument": {"task": "shop.close", "schedule": 60, "args": (random.random(),)},
}


@app.on_after_configure.connect
def set_up(sender, **kwargs):
    minute = randint(0, 59)
    sender.add_periodic_task(crontab(minute=minute), app.tasks["x"].s())  # error: CS604
    sender.add_periodic_task(random_interval(), app.tasks["x"].s())


def random_interval():
    return 60
