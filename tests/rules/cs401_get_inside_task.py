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


@app.task(name="of_group")
def of_group():
    found = group(charge.s(n) for n in range(3))()
    return found.join()  # error: CS401


@app.task(name="of_list")
def of_list():
    results = [charge.delay(n) for n in range(3)]
    return [result.get() for result in results]  # error: CS401


@app.task(name="of_loop")
def of_loop(found):
    for result in [charge.delay(n) for n in range(3)]:
        result.get()  # error: CS401
    for one in found:
        one.get()


@app.task(name="of_walrus")
def of_walrus():
    return (result := charge.delay(1)).get(), result  # error: CS401


@app.task(name="of_app", bind=True)
def of_app(self, key):
    self.app.send_task("shop.charge", (1,)).get()  # error: CS401
    app.AsyncResult(key).get()  # error: CS401
    charge.AsyncResult(key).get()  # error: CS401
    key.AsyncResult(key).get()
