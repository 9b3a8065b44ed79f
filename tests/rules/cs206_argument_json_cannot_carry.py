from collections import defaultdict
from datetime import timedelta
from functools import partial
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


@shared_task(name="shop.reads", bind=True)
def reads(self, order, note="", *, cart=None):
    self.send_event(order.pk, note.upper(), cart.lines)


@shared_task(name="shop.asks")
def asks(order, other, third):
    if isinstance(order, int):
        order = load(order)
    other = load(other)
    return order.pk, other.pk, [third.pk for third in order.parts], getattr(third, "pk", third)


@shared_task(name="shop.converts", pydantic=True)
def converts(order):
    return order.pk


class Kind:
    pass


def objects(order, cart, note, find):
    reads.delay(order)  # error: CS206
    reads.delay(find(order), note)  # error: CS206
    reads.delay(order=cart[0])  # error: CS206
    reads.apply_async((order,), {"cart": cart})  # error: CS206 CS206
    reads.s(order).delay()  # error: CS206
    reads.delay(1, note)
    asks.delay(order, cart, note)
    converts.delay(order)
    kind = Kind
    asks.delay(Kind, 1, 2)  # error: CS206
    asks.delay(kind, 1, 2)  # error: CS206
    asks.delay(Kind.name, 1, Kind())


def read_where_it_is_sent(order, code, kind, either, find, orders, box):
    a.delay(order)  # error: CS206
    a.delay(order.pk)
    order.save()
    found = find(order)
    a.apply_async((found,))  # error: CS206
    print(found.number)
    for one in orders:
        a.delay(one)  # error: CS206
        print(one.number)
    code.upper()
    a.delay(code)
    print(kind.value)
    a.delay(kind)
    if hasattr(either, "pk"):
        print(either.pk)
    a.delay(either)
    print(box.number)
    box = box.number
    a.delay(box)
    b.delay(order)


def with_a_signature(signature):
    signature.kwargs["x"] = 1
    a.delay(signature)


@shared_task(name="shop.by_key")
def by_key(record):
    return record["pid"]


def a_dictionary_with_attributes_of_its_own(record, order):
    record.index_parts()
    by_key.delay(record)
    order.touch()
    order["pid"] = 1
    a.delay(order)


def a_set_that_stays_one(rows, known, parent):
    moved = set()
    moved = moved - known
    a.delay(moved)  # error: CS206
    a.delay(kwargs=1, x=set(rows) - known)  # error: CS206
    number = 10
    number = number - 1
    a.delay(number)
    by_tower = defaultdict(set)
    a.delay(by_tower)  # error: CS206
    by_list = defaultdict(list)
    a.delay(by_list)
    ids = parent.children.values_list("id", flat=True)
    a.delay(ids)  # error: CS206
    a.delay(parent.children.all().order_by("id"))  # error: CS206
    a.delay(list(ids))
    a.apply_async(kwargs=dict(x={1}))  # error: CS206


def in_containers_and_later(app, ids):
    a.delay({"ids": {1, 2}})  # error: CS206
    a.delay([Path("x"), 1])  # error: CS206
    a.delay([str(Path("x"))])
    a.delay(map(str, ids))  # error: CS206
    a.delay(range(3))  # error: CS206
    a.delay(list(range(3)))
    app.send_task("a", args=[{1}])  # error: CS206
    app.send_task("a", args=[1], queue={1})
    partial(a.delay, {1})  # error: CS206
    partial(a.delay, 1)


def of_a_failure(ids):
    try:
        a.delay(ids)
    except ValueError as error:
        a.delay(error)  # error: CS206
        a.delay(str(error))
    except KeyError as error:
        error = str(error)
        a.delay(error)
    a.delay(RuntimeError("late"))  # error: CS206
