from celery import chain, chord, group, shared_task
from shop.decorators import with_session


@shared_task(name="shop.charge")
def charge(order):
    pass


@shared_task(name="shop.clean")
def clean():
    pass


@shared_task(name="shop.mail", bind=True)
def mail(self, result, text=""):
    pass


@shared_task(name="shop.many")
def many(*results):
    pass


@shared_task(name="shop.wrapped")
@with_session
def wrapped():
    pass


def wrong(order):
    chain(charge.s(order), clean.s())  # error: CS405
    chain([charge.s(order), clean.s()])  # error: CS405
    chain(charge.si(order), clean.s(), charge.s())  # error: CS405
    charge.s(order) | clean.s()  # error: CS405
    charge.s(order) | mail.s() | clean.s()  # error: CS405
    chain(charge.s(order), charge.s(order))  # error: CS405
    chain(charge.s(order), charge.s(order=order))  # error: CS405
    chain(charge.s(order), clean.s().set(queue="slow"))  # error: CS405
    chord([charge.s(order)], clean.s())  # error: CS405
    chord([charge.s(order)], body=clean.s())  # error: CS405
    chord([charge.s(order)])(clean.s())  # error: CS405
    charge.apply_async((order,), link=clean.s())  # error: CS405
    charge.apply_async((order,), link=[mail.s(), clean.s()])  # error: CS405
    last = clean.s()
    chain(charge.s(order), last)  # error: CS405


def right(order, parts):
    chain(clean.s(), charge.s())
    chain(charge.s(order), clean.si())
    chain(charge.s(order), mail.s())
    chain(charge.s(order), mail.s("text"))
    chain(charge.s(order), mail.s(text="x"), many.s(1, 2))
    chain(charge.s(order), wrapped.s())
    chain(charge.s(order), clean.s().set(immutable=True))
    chain(charge.s(order), clean.signature(immutable=True))
    chain(*parts, clean.s())
    group(charge.s(order), clean.s())
    chord([charge.s(order), clean.s()], many.s())
    clean.s() | charge.s()
    charge.apply_async((order,), link=clean.si())
    charge.apply_async((order,), link_error=clean.s())


def with_link():
    first = charge.s(1)
    first.link(clean.s())  # error: CS405
    first.link(clean.si())
