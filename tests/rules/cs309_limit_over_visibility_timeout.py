from datetime import timedelta

from celery import Celery, Task

HOUR = 60 * 60

app = Celery("shop", broker="redis://localhost/0")
app.conf.task_time_limit = int(timedelta(hours=2).total_seconds())  # error: CS309


@app.task(name="a", acks_late=True, time_limit=3 * HOUR)  # error: CS309
def a():
    return 1


@app.task(name="b", acks_late=True, soft_time_limit=7200)  # error: CS309
def b():
    return 1


@app.task(name="c", acks_late=True, time_limit=HOUR)
def c():
    return 1


@app.task(name="d", acks_late=True, time_limit=None)
def d():
    return 1


@app.task(name="early", time_limit=3 * HOUR)
def early():
    return 1


@app.task(name="e", acks_late=False, time_limit=3 * HOUR)
def e():
    return 1


HOURS = 2 * 60 * 60


class Late(Task):
    acks_late = True
    time_limit = HOURS


@app.task(name="inherits", base=Late)  # error: CS309
def inherits():
    pass


@app.task(name="inherits_late", base=Late, time_limit=60)
def inherits_late():
    pass
