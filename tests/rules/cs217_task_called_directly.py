from celery import shared_task
from django.db import transaction


@shared_task(name="a")
def a(x):
    return x


@shared_task(name="b")
def b(x):
    return x


@shared_task(name="c")
def c(x):
    return x


def ordered(x):
    a.delay(x)
    transaction.on_commit(lambda: c.delay(x))


def paid(x):
    a(x)  # error: CS217
    c(x)  # error: CS217


@shared_task(name="d")
def d(x):
    a(x)  # error: CS217


def helper(x):
    b(x)  # error: CS217


@shared_task(name="e")
def e_task(x):
    return x


SCHEDULE = {"each-day": {"task": "shop.e_task", "schedule": 60}}


def other_helper(x):
    e_task(x)


def either(x, now):
    if now:
        a(x)
    else:
        a.delay(x)


def result(x):
    y = a(x)
    return y


def shadowed(a):
    a(1)


@shared_task(name="shop.rebuild")
def rebuild(x):
    return x


ROUTES = {"shop.tasks.rebuild": {"queue": "rebuild"}}


def view(x):
    rebuild(x)  # error: CS217
