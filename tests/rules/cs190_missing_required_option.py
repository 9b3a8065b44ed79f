from celery import Celery, Task, shared_task

app = Celery("shop")
bounded = shared_task(time_limit=5)


@shared_task(name="a")  # error: CS190
def a():
    pass


@app.task  # error: CS190
def b():
    pass


@app.task(name="c", time_limit=60)
def c():
    pass


@app.task(name="d", soft_time_limit=60)
def d():
    pass


@app.task(name="e", **OPTIONS)
def e():
    pass


@bounded
def f():
    pass


@other.task
def g():
    pass


class Limited(Task):
    time_limit = 5


class Plain(Task):
    queue = "slow"


@app.task(name="h", base=Limited)
def h():
    pass


@app.task(name="i", base=Plain)  # error: CS190
def i():
    pass


@app.task(name="j", base=Elsewhere)
def j():
    pass
