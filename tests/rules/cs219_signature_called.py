import inspect

from celery import shared_task, signature
from shop.plugins import plugin_of


@shared_task(name="a")
def a(x):
    return x


def one(x):
    a.s(x)()  # error: CS219
    a.si(x)()  # error: CS219
    a.s(x).apply_async()
    a.s(x).delay()
    y = a.s(x)()
    return y


def two(x):
    sig = a.s(x)
    sig()  # error: CS219
    sig.apply_async()


def three(plugin):
    signature = plugin.get_signature(1)
    signature()  # error: CS219


def four(f):
    sig = inspect.signature(f)
    sig.bind(1)


def five(plugin):
    plugin.s(1)()


def six(plugin):
    run = plugin.get_signature(1)
    run()


def seven(x):
    signature("a", (x,))()  # error: CS219
