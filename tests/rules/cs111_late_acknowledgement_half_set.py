from celery import Celery, shared_task

app = Celery("shop")


@shared_task(name="a", acks_late=True)  # error: CS111
def a():
    pass


@app.task(name="b", reject_on_worker_lost=True)  # error: CS111
def b():
    pass


@app.task(name="c", acks_late=True, reject_on_worker_lost=True)
def c():
    pass


@app.task(name="d", acks_late=True, reject_on_worker_lost=False)
def d():
    pass


@app.task(name="e", acks_late=False)
def e():
    pass


@app.task(name="f", acks_late=True, **OPTIONS)
def f():
    pass


@app.task(name="g", acks_late=True, base=Own)
def g():
    pass


@app.task(name="h")
def h():
    pass


@app.task(name="i", reject_on_worker_lost=False)
def i():
    pass
