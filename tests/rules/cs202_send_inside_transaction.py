from contextlib import contextmanager
from functools import partial

from celery import Celery, shared_task
from django.db import transaction
from django.db.transaction import atomic
from shop.tasks import charge
from thirdparty import atomic as other_atomic

app = Celery("shop")


@shared_task(name="a", bind=True)
def a(self, x):
    with transaction.atomic():
        a.apply_async((x,), countdown=60)
        a.apply_async((x,))  # error: CS202


def block(order):
    with transaction.atomic():
        charge.delay(order.pk)  # error: CS202
        if order.paid:
            with open("x") as f:
                a.apply_async(args=[f.read()])  # error: CS202
        app.send_task("a", [1])  # error: CS202
    charge.delay(order.pk)


@transaction.atomic
def decorated(order):
    charge.delay(order.pk)  # error: CS202


@atomic(durable=True)
def decorated_with_call(order):
    charge.si(order.pk).apply_async()  # error: CS202


def deferred(order):
    with transaction.atomic():
        transaction.on_commit(lambda: charge.delay(order.pk))
        transaction.on_commit(partial(charge.delay, order.pk))

        def later():
            charge.delay(order.pk)

        transaction.on_commit(later)
        charge.delay_on_commit(order.pk)


def elsewhere(order):
    with other_atomic():
        charge.delay(order.pk)
    with transaction.atomic(using="replica"):
        charge.delay(order.pk)


def plain():
    pass


def not_a_task():
    with transaction.atomic():
        plain.delay()


def default_database(order):
    with transaction.atomic("default"):
        charge.delay(order.pk)  # error: CS202


@contextmanager
def traced():
    with transaction.atomic():
        yield


@contextmanager
def timed():
    yield


def through_a_wrapper(order):
    with traced():
        charge.delay(order.pk)  # error: CS202
    with timed():
        charge.delay(order.pk)


@traced()
def wrapper_as_decorator(order):
    charge.delay(order.pk)  # error: CS202


def read_only(order, settings):
    with transaction.atomic(using=settings.REPLICA):
        charge.delay(order.pk)
