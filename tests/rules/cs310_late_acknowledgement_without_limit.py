from celery import Celery
from shop.urls import redis_url

app = Celery("shop", broker=redis_url())
OPTIONS = {"time_limit": 60}


@app.task(name="a", acks_late=True)  # error: CS310
def a():
    return 1


@app.task(name="b", acks_late=True, time_limit=60)
def b():
    return 1


@app.task(name="c", acks_late=False)
def c():
    return 1


@app.task(name="d", acks_late=True, **OPTIONS)
def d():
    return 1


@app.task(name="e")
def e():
    return 1
