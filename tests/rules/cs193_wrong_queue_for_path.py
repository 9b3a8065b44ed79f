from celery import Celery, shared_task

app = Celery("shop")
MAIL = "mail"
slow = shared_task(queue="mail")


@shared_task(name="a")  # error: CS193
def a():
    pass


@app.task(name="b", queue="other")  # error: CS193
def b():
    pass


@app.task(name="c", queue="mail")
def c():
    pass


@app.task(name="d", queue=MAIL)
def d():
    pass


@app.task(name="e", queue=compute())
def e():
    pass


@app.task(name="f", **OPTIONS)
def f():
    pass


@slow
def g():
    pass
