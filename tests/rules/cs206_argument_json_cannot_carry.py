from datetime import timedelta
from pathlib import Path

from celery import shared_task
from shop.models import Order


@shared_task(name="a")
def a(x, y=None):
    pass


@shared_task(name="b", serializer="yaml")
def b(x):
    pass


@shared_task(name="c", bind=True)
def c(self, x):
    a.delay(self.request.id)


class Basket:
    def send(self):
        a.delay(self)  # error: CS206
        a.delay(self.pk)
        a.delay(str(self))


def send(ids, orders):
    a.delay({1, 2})  # error: CS206
    a.delay({o.pk for o in orders})  # error: CS206
    a.delay(o.pk for o in orders)  # error: CS206
    a.delay(1, y=set(ids))  # error: CS206
    a.apply_async(args=[lambda: 1])  # error: CS206
    a.apply_async((1,), {"y": timedelta(days=1)})  # error: CS206
    a.apply_async(kwargs={"x": Path("x")}, countdown=5)  # error: CS206
    a.s(frozenset(ids)).apply_async()  # error: CS206
    a.delay(Order.objects.filter(paid=True).values_list("pk", flat=True))  # error: CS206
    a.delay(sorted(set(ids)))
    a.delay([o.pk for o in orders])
    a.delay({"x": 1})
    a.delay(ids.filter(1))
    a.delay(list(Order.objects.values_list("pk", flat=True)))
    a.apply_async((1,), link=lambda: 1, serializer="pickle")
    a.apply_async(({1},), serializer="pickle")
    b.delay({1})
    unknown.delay({1})


def through_a_name(orders):
    ids = {o.pk for o in orders}
    a.delay(ids)  # error: CS206
    a.delay(list(ids))
    either = {1}
    if orders:
        either = [1]
    a.delay(either)
    later = {1}
    for later in orders:
        a.delay(later)
