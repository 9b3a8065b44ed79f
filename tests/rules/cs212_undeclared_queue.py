from celery import Celery
from kombu import Queue

MAIL = "mail"

app = Celery("shop")
app.conf.task_queues = [Queue("default"), Queue(MAIL, routing_key="mail"), Queue(name="slow")]
app.conf.task_routes = {
    "shop.tasks.*": {"queue": "slow"},
    "shop.mail.*": {"queue": "mails"},  # error: CS212
    "shop.other": "default",
}


@app.task(name="a", queue="slow")
def a(x):
    a.apply_async((1,), queue="mail")
    a.apply_async((1,), queue="mial")  # error: CS212
    a.apply_async((1,), queue=x)
    app.send_task("a", queue="quick")  # error: CS212


@app.task(name="b", queue="defualt")  # error: CS212
def b(x):
    return x


def set_before(cache):
    a.s(1).set(queue="mial").delay()  # error: CS212
    a.s(1).set(queue="mail").delay()
    cache.set(queue="mial")
