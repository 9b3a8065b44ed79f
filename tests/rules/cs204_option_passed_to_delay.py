from celery import shared_task


@shared_task(name="a")
def a(x, **rest):
    pass


@shared_task(name="b")
def b(x, queue=None):
    pass


@shared_task(name="c")
def c(x):
    pass


def send():
    a.delay(1, countdown=10)  # error: CS204
    c.delay(1, eta=None)  # error: CS204
    c.delay(args=[1])  # error: CS204
    a.delay(1, other=10)
    b.delay(1, queue="mail")
    a.apply_async((1,), countdown=10)
    unknown.delay(1, countdown=10)
