from celery import Celery, Task

app = Celery("shop")
OPTIONS = {}


@app.task(name="shop.close", acks_late=True)  # error: CS610
def close():
    pass


@app.task(name="shop.bill", acks_late=False)
def bill():
    pass


@app.task(name="shop.pack")
def pack():
    pass


@app.task(name="shop.ship", acks_late=True)
def not_by_a_schedule():
    pass


CELERY_BEAT_SCHEDULE = {
    "close": {"task": "shop.close", "schedule": 60},
    "bill": {"task": "shop.bill", "schedule": 60},
    "pack": {"task": "shop.pack", "schedule": 60},
    "other": {"task": "other.pack", "schedule": 60},
}


LATE = True


class Late(Task):
    acks_late = True


@app.task(name="shop.count", acks_late=LATE)  # error: CS610
def count():
    pass


@app.task(name="shop.sum", base=Late)  # error: CS610
def sum_up():
    pass


CELERY_BEAT_SCHEDULE["count"] = {"task": "shop.count", "schedule": 60}
CELERY_BEAT_SCHEDULE["sum"] = {"task": "shop.sum", "schedule": 60}
