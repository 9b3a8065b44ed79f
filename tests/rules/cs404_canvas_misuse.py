from celery import chain, chord, group, shared_task
from celery import chain as in_order
from networks import chain as other_chain
from shop.fees import fee


@shared_task(name="shop.charge")
def charge(order):
    pass


@shared_task(name="shop.total")
def total(amounts):
    pass


def plain(order):
    return charge.s(order)


def wrong(order, orders, later):
    group(charge.delay(order), charge.s(order))  # error: CS404
    group([charge.delay(order)])  # error: CS404
    group(charge.delay(one) for one in orders)  # error: CS404
    group(charge, charge)  # error: CS404 CS404
    group(charge.delay)  # error: CS404
    chain(charge(order), total.s())  # error: CS404
    in_order(charge.s(order), total)  # error: CS404
    chain(charge.apply_async((order,)), total.s())  # error: CS404
    chord([charge.delay(order)], total.s())  # error: CS404
    chord([charge.s(order)], total.delay())  # error: CS404
    chord([charge.s(order)], body=total)  # error: CS404
    chord([charge.s(order)])(total)  # error: CS404
    charge.apply_async((order,), link=total)  # error: CS404
    charge.apply_async((order,), link=total.delay)  # error: CS404
    charge.apply_async((order,), link=[total.delay()])  # error: CS404
    charge.s(order) | total  # not seen: no call stands on the right
    charge.s(order) | total.delay()  # error: CS404
    stored = charge.s(order)
    group(stored.apply_async())  # error: CS404


def right(order, orders, charge_them):
    group(charge.s(order), charge.si(order))
    group(charge.s(one) for one in orders)
    group(plain(one) for one in orders)
    group(orders)
    group(*orders)
    group(charge_them.delay())
    chain(charge.s(order), total.s())
    chain(fee(order), total.s())
    chain(chain(charge.s(order)), group(total.s()))
    chord([charge.s(order)])(total.s())
    chord(charge.s(one) for one in orders)(total.s())
    other_chain(charge.delay(order), charge)
    charge.apply_async((order,), link=total.s())
    charge.apply_async((order,), link=[total.s(), plain(order)])
    charge.s(order) | total.s()
    flags = orders.a | orders.b()
    stored = charge.s(order)
    return chain(stored, total.s()), flags


def shadowed(order, charge):
    group(charge.delay(order), charge)


def with_links():
    charge.apply_async((1,), link_error=total)  # error: CS404
    charge.apply_async((1,), link_error=total.s())
    first = charge.s(1)
    first.link(total)  # error: CS404
    first.link(total.s())
