from celery import Celery, group, shared_task
from celery.result import AsyncResult, allow_join_result
from shop.tasks import charge as other

app = Celery("shop")


@shared_task(name="shop.charge")
def charge(order):
    pass


@shared_task(name="shop.charge_all")
def charge_all(orders, cache):
    charge.delay(1).get()  # error: CS401
    charge.delay(1).get(timeout=5)  # error: CS401
    result = charge.apply_async((1,))
    result.get()  # error: CS401
    result.wait()  # error: CS401
    charge.s(1).set(queue="slow").delay().get()  # error: CS401
    group(charge.s(one) for one in orders).apply_async().join()  # error: CS401
    AsyncResult(orders).get()  # error: CS401
    app.send_task("shop.charge", (1,)).get()  # error: CS401
    if result.ready():
        return result.result
    charge.delay(1).get(disable_sync_subtasks=False)
    with allow_join_result():
        result.get()
    cache.get("x")
    cache.delay(1).get()
    other.delay(1).get("x")  # of a file that is not to be seen
    later = cache.make()
    later.get()
    ",".join(orders)

    def inside():
        return result.get()  # who knows where this runs

    return inside


def view(order):
    return charge.delay(order).get(timeout=5)
