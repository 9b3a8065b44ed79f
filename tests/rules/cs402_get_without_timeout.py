from celery import group, shared_task
from celery.result import AsyncResult


@shared_task(name="shop.charge")
def charge(order):
    return charge.delay(order).get()  # CS401 speaks of it


def view(order, orders, ids, limit, options):
    charge.delay(order).get()  # error: CS402
    charge.delay(order).get(timeout=None)  # error: CS402
    result = charge.delay(order)
    result.get(propagate=False)  # error: CS402
    result.wait()  # error: CS402
    group(charge.s(one) for one in orders).delay().join()  # error: CS402
    AsyncResult(ids).get()  # error: CS402
    charge.delay(order).get(timeout=5)
    charge.delay(order).get(5)
    charge.delay(order).get(timeout=limit)
    charge.delay(order).get(**options)
    orders.get()
    orders.delay().get()
    ids.wait()
