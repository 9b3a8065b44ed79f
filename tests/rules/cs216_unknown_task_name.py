import inspect

from celery import Celery, shared_task, signature

app = Celery("shop")


@shared_task(name="shop.orders.charge")
def charge(x):
    return x


@shared_task(name="shop.orders.refund")
def refund(x):
    return x


def paid(x):
    app.send_task("shop.orders.charge", (x,))
    app.send_task("shop.orders.refnud", (x,))  # error: CS216
    app.send_task("shop.orders." + "chareg", (x,))  # error: CS216
    app.send_task("warehouse.tasks.pack", (x,))
    app.send_task(f"shop.orders.{x}", (x,))
    app.send_task("celery.backend_cleanup")
    app.send_task(x)


def signed(x):
    signature("shop.orders.refnud").delay()  # error: CS216
    app.signature("shop.orders.chareg", args=(x,))  # error: CS216
    app.signature("shop.orders.charge", args=(x,))
    inspect.signature("shop.orders.refnud")
    x.signature("shop.orders.refnud")
    charge.signature(x)
