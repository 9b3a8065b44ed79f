from collections import defaultdict

from celery import shared_task


@shared_task(name="a")
def a(order_id, seen=[]):  # error: CS109
    seen.append(order_id)


@shared_task(name="b")
def b(order_id, *, prices={}):  # error: CS109
    """With a text."""
    prices[order_id] = 1


@shared_task(name="c")
def c(order_id, seen: set = set()):  # error: CS109
    if order_id:
        seen.add(order_id)


@shared_task(name="d", bind=True)
def d(self, totals=dict()):  # error: CS109
    del totals["x"]


@shared_task(name="e")
def e(lines=[]):  # error: CS109
    lines += ["end"]


@shared_task(name="f")
def f(order_ids=[], options={}):
    for order_id in order_ids:
        print(order_id, options.get("x"), options["y"])


@shared_task(name="g")
def g(seen=[]):
    seen = list(seen)
    seen.append(1)


@shared_task(name="h")
def h(seen=None, pairs=(), number=1):
    seen = seen or []
    seen.append(number)


@shared_task(name="i")
def i(seen=[]):
    other = []
    other.append(seen)


@shared_task(name="j")
def j(shop={}):
    shop.orders.append(1)


def k(seen=[]):
    seen.append(1)


SEEN = []


@shared_task(name="l")
def l(seen=SEEN):  # error: CS109
    seen.append(1)


@shared_task(name="m")
def m(key, seen=defaultdict(list)):  # error: CS109
    seen[key].append(1)


NAMES = ("a", "b")


@shared_task(name="n")
def n(names=NAMES):
    names.append(1)
