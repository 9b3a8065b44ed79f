from functools import partial

from celery import Celery

app = Celery("shop")


@app.task(name="a")
def a(order_id=None):
    pass


def view():
    a.delay(1)  # error: CS191
    app.send_task("a")  # error: CS191
    a.apply_async((1,))
    a(1)
    unknown.delay(1)
    a.s(1).delay()  # error: CS191
    partial(a.delay, 1)  # error: CS191
    partial(unknown.delay, 1)
