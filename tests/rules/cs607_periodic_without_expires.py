from celery import Celery
from celery_safe import daily, every, once, schedule
from shop.schedules import OPTIONS

app = Celery("shop")


@app.task(name="shop.close", expires=60)
def close():
    pass


@app.task(name="shop.bill")
def bill():
    pass


CELERY_BEAT_SCHEDULE = {
    "without options": {
        "task": "shop.bill",  # error: CS607
        "schedule": 60,
    },
    "other options": {
        "task": "shop.bill",  # error: CS607
        "schedule": 60,
        "options": {"queue": "slow"},
    },
    "right": {"task": "shop.bill", "schedule": 60, "options": {"expires": 60}},
    "by its task": {"task": "shop.close", "schedule": 60},
    "unseen": {"task": "shop.bill", "schedule": 60, "options": OPTIONS},
    "unseen in parts": {"task": "shop.bill", "schedule": 60, "options": {**OPTIONS}},
    "unseen entry": {"task": "shop.bill", "schedule": 60, **OPTIONS},
}


@app.on_after_configure.connect
def set_up(sender, **kwargs):
    sender.add_periodic_task(60, bill.s())  # error: CS607
    sender.add_periodic_task(60, bill.s(), expires=30)
    sender.add_periodic_task(60, bill.s(), **OPTIONS)
    sender.add_periodic_task(60, bill.s().set(expires=30))
    sender.add_periodic_task(60, close.s())


schedule(bill, every(minutes=5))  # error: CS607
schedule(bill, daily(at="02:30", expires=3600))
schedule(bill, once(at=WHEN))
schedule(bill, NIGHTLY)
schedule(bill, every(minutes=5, **OPTIONS))
