from functools import partial

from celery import chain, current_app, group, shared_task
from django.db import transaction
from django.db.transaction import on_commit


@shared_task(name="a")
def a(x):
    pass


def send(order, signals):
    transaction.on_commit(a.delay(order.pk))  # error: CS209
    on_commit(a.s(order.pk).apply_async())  # error: CS209
    transaction.on_commit(a.apply_async((order.pk,)), using="default")  # error: CS209
    transaction.on_commit(lambda: a.delay(order.pk))
    transaction.on_commit(partial(a.delay, order.pk))
    transaction.on_commit(a.s(order.pk).delay)
    transaction.on_commit(make(a))
    signals.on_commit(a.delay(1))


def send_others(order):
    transaction.on_commit(current_app.send_task("a", [1]))  # error: CS209
    transaction.on_commit(order.send_task("a"))
    transaction.on_commit(group(a.s(1))())  # error: CS209
    transaction.on_commit(chain(a.s(1), a.si(2)))
    transaction.on_commit(order.chain(1)())
