import itertools

import celery
from celery import chain, chord, group, shared_task
from shop.other import thing


@shared_task(name="a")
def a(x=None):
    pass


def dropped(ids):
    a.s(1)  # error: CS223
    a.si(1)  # error: CS223
    a.signature((1,), countdown=3)  # error: CS223
    chain(a.s(1), a.s())  # error: CS223
    celery.group(a.s(i) for i in ids)  # error: CS223
    chord([a.s(i) for i in ids], a.s())  # error: CS223
    if ids:
        group([a.s(1)])  # error: CS223
    chain(ids)  # error: CS223


def used(ids):
    a.s(1).apply_async()
    a.s(1)()
    chain(a.s(1), a.s())()
    chord([a.s(i) for i in ids])(a.s())
    made = a.s(1)
    made.set(queue="mail")
    thing.s(1)
    thing.signature()
    itertools.chain(ids)
    return a.s(2)


def with_options(cache):
    a.s(1).set(queue="mail")  # error: CS223
    made = a.s(1)
    made.set(queue="mail")
    cache.set("a", 1)
    cache.get("a").set(1)
    return made
