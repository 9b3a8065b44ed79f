from celery import Celery, Task, shared_task
from celery_once import QueueOnce

app = Celery("shop", task_time_limit=None)


@shared_task(name="a")  # error: CS110
def a():
    pass


@app.task(name="b", time_limit=None)  # error: CS110
def b():
    pass


@app.task(name="c", time_limit=60)
def c():
    pass


@app.task(name="d", soft_time_limit=LIMIT)
def d():
    pass


@app.task(name="e", **OPTIONS)
def e():
    pass


@app.task(name="f", base=Limited)
def f():
    pass


class Limited(Task):
    time_limit = 5


class MoreLimited(Limited):
    pass


class Unlimited(QueueOnce):
    pass


@app.task(name="i", base=MoreLimited)
def i():
    pass


@app.task(name="j", base=Unlimited)  # error: CS110
def j():
    pass


limited = shared_task(time_limit=5)
slow = shared_task(queue="slow")


@limited
def g():
    pass


@slow  # error: CS110
def h():
    pass
