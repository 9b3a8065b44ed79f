from celery import Celery

app = Celery("shop", broker="redis://localhost")


@app.task(name="shop.total")
def total(order):
    return order


def read(order, other):
    total.delay(order).get(timeout=5)  # error: CS512
    return total.apply_async((order,)).ready()  # error: CS512


def others(order, other):
    total.delay(order).id.get(1)
    other.delay(order).get()
    return total.delay(order)


def read_later(order, cache):
    result = total.delay(order)
    found = cache.delay(order)
    found.get()
    return result.get(timeout=5)  # error: CS512
