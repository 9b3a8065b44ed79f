from celery import Celery, shared_task
from house import rules
from house.rules import watched

app = Celery("shop")


@shared_task(name="a")  # error: CS192
def a():
    pass


@watched
@app.task(name="b")  # error: CS192
def b():
    pass


@app.task(name="c")
@watched
def c():
    pass


@app.task(name="d")
@rules.watched()
def d():
    pass


@app.task(name="e")
@compute()()
def e():
    pass


@app.task(name="f")  # error: CS192
@rules.other
def f():
    pass
