from functools import partial

from celery import shared_task
from django.db import connection, transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from proj.db import on_transaction_commit


@shared_task(name="a")
def a(x, y=None):
    pass


def send(orders, kind):
    for order in orders:
        transaction.on_commit(lambda: a.delay(order.pk))  # error: CS208
    for order in orders:
        pk = order.pk
        for line in order.lines:
            if line:
                transaction.on_commit(lambda: a.delay(pk, y=line))  # error: CS208
    for order in orders:
        match kind:
            case "x":
                transaction.on_commit(lambda: a.delay(order))  # error: CS208
    while orders:
        last = orders.pop()
        transaction.on_commit(lambda: a.delay(last))  # error: CS208
    for order in orders:
        transaction.on_commit(lambda order=order: a.delay(order.pk))
        transaction.on_commit(partial(a.delay, order.pk))
        transaction.on_commit(lambda: a.delay(kind))
        transaction.on_commit(lambda: [a.delay(order) for order in orders])
    for order in orders:
        with transaction.atomic():
            transaction.on_commit(lambda: a.delay(order.pk))
    transaction.on_commit(lambda: a.delay(kind))
    for order in orders:

        def one(order):
            transaction.on_commit(lambda: a.delay(order.pk))

        one(order)


def for_one_of_them(formsets, orders):
    for formset in formsets:
        if formset.prefix == "lines":
            changed = formset.changed_objects
            transaction.on_commit(lambda: a.delay(changed))
    for order in orders:
        if order.is_late:
            transaction.on_commit(lambda: a.delay(order.pk))
            return order
        if order.status == "paid":
            transaction.on_commit(lambda: a.delay(order.pk))  # error: CS208
        else:
            transaction.on_commit(lambda: a.delay(order.pk, 1))  # error: CS208


def other_ways(orders):
    for order in orders:
        connection.on_commit(lambda: a.delay(order.pk))  # error: CS208
        on_transaction_commit(lambda: a.delay(order.pk))  # error: CS208
        commit(lambda: a.delay(order.pk))


@receiver(post_delete, sender=Order)
def on_delete(sender, instance, **kwargs):
    transaction.on_commit(lambda: a.delay(instance.id))  # error: CS208
    transaction.on_commit(lambda: a.delay([instance.pk], 1))  # error: CS208
    transaction.on_commit(lambda: a.delay(instance.number))
    transaction.on_commit(lambda pk=instance.pk: a.delay(pk))
    order_id = instance.id
    transaction.on_commit(lambda: a.delay(order_id))
    transaction.on_commit(partial(a.delay, instance.id))


@receiver([pre_delete], sender=Order)
def before_delete(sender, instance, **kwargs):
    transaction.on_commit(lambda: a.delay(instance.pk))  # error: CS208


@receiver(post_save, sender=Order)
def on_save(sender, instance, **kwargs):
    transaction.on_commit(lambda: a.delay(instance.id))


def with_functions(orders, kind):
    for order in orders:

        def later():
            a.delay(order.pk)

        def at_once(order=order):
            a.delay(order.pk)

        def of_none():
            a.delay(kind)

        transaction.on_commit(later)  # error: CS208
        transaction.on_commit(at_once)
        transaction.on_commit(of_none)
    for order in orders:
        with transaction.atomic():

            def in_its_own():
                a.delay(order.pk)

            transaction.on_commit(in_its_own)


def with_breaks(orders, kinds):
    for order in orders:
        if order.paid:
            transaction.on_commit(lambda: a.delay(order.pk))
            break
    for kind in kinds:
        for order in orders:
            if order.kind == kind:
                transaction.on_commit(lambda: a.delay(order.pk))  # error: CS208
                break
