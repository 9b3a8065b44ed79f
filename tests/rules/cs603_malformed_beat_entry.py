from datetime import timedelta

from celery import Celery
from celery.schedules import crontab

from shop.plans import later, plan

app = Celery("shop")
RELATED = {"relative": True}


@app.task(name="shop.close")
def close(order_id=None):
    pass


CELERY_BEAT_SCHEDULE = {
    "number": {
        "task": "shop.close",
        "schedule": 60,
        "args": (16),  # error: CS603
    },
    "letters": {
        "task": "shop.close",
        "schedule": crontab(minute=0),
        "args": ("monthly"),  # error: CS603
    },
    "built letters": {
        "task": "shop.close",
        "schedule": 60,
        "args": f"{plan}",  # error: CS603
    },
    "names": {
        "task": "shop.close",
        "schedule": 60,
        "args": {"order_id": 1},  # error: CS603
    },
    "a list": {
        "task": "shop.close",
        "schedule": 60,
        "kwargs": [1],  # error: CS603
    },
    "a text": {
        "task": "shop.close",
        "schedule": 60,
        "options": "fast",  # error: CS603
    },
    "misspelt option": {
        "task": "shop.close",
        "schedule": 60,
        "options": {"expire": 60},  # error: CS603
    },
    "expires beside": {
        "task": "shop.close",
        "schedule": 60,
        "expires": 60,  # error: CS603
    },
    "misspelt key": {
        "task": "shop.close",
        "schedule": 60,
        "option": {"queue": "slow"},  # error: CS603
    },
    "cron's text": {
        "task": "shop.close",
        "schedule": "*/5 * * * *",  # error: CS603
    },
    "a comma too many": {
        "task": "shop.close",
        "schedule": (crontab(minute=0),),  # error: CS603
    },
    "without schedule": {  # error: CS603
        "task": "shop.close",
    },
    "without task": {  # error: CS603
        "schedule": 60,
    },
    "right": {
        "task": "shop.close",
        "schedule": timedelta(hours=1),
        "args": (16,),
        "kwargs": {},
        "options": {"expires": 60, "queue": "slow", "own": 1},
        "relative": True,
    },
    "empty": {"task": "shop.close", "schedule": 60.5, "args": (), "kwargs": None, "options": {}},
    "a number in brackets": {"task": "shop.close", "schedule": (60)},
    "from names": {"task": "shop.close", "schedule": later, "args": plan, "kwargs": plan},
    "key of its own": {"task": "shop.close", "schedule": 60, "enabled": True},
    "more from elsewhere": {"task": "shop.close", **RELATED},
    "its name": {"name": "x", "task": "shop.close", "schedule": 60, "total_run_count": 3},
}
app.conf.beat_schedule["more"] = {
    "task": "shop.close",
    "schedule": 60,
    "arg": (1,),  # error: CS603
}
# Looks like an entry, but it is not said that it is one.
JOBS = [{"name": "x", "task": "shop.close", "schedule": "*/5 * * * *", "args": 5}]
FORM = {"task": "write it", "schedule": "tomorrow"}


@app.on_after_configure.connect
def set_up(sender, **kwargs):
    sender.add_periodic_task(60, "shop.close")  # error: CS603
    sender.add_periodic_task(60, close.delay)  # error: CS603
    sender.add_periodic_task(60, close.delay(1))  # error: CS603
    sender.add_periodic_task("5", close.s(1))  # error: CS603
    sender.add_periodic_task(60, close.s(), args=(1))  # error: CS603
    sender.add_periodic_task(60, close)
    sender.add_periodic_task(60, close.s(1), name="close", expires=10)
    sender.add_periodic_task(crontab(minute=0), close.si(1), args=[2])


app.conf["beat_schedule"]["a comma too many"] = (
    {"task": "shop.close", "schedule": 60},  # error: CS603
)
app.conf.beat_schedule["another"] = ({"task": "shop.close", "schedule": 60},)  # error: CS603
app.conf.beat_schedule["in brackets"] = ({"task": "shop.close", "schedule": 60})  # fmt: skip
CELERY_BEAT_SCHEDULE = {
    "inside": ({"task": "shop.close", "schedule": 60},),  # error: CS603
}
