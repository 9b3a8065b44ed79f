from celery import Celery, shared_task
from proj.tasks import elsewhere
from tests.rules import cs221_send_of_no_task as itself

app = Celery("shop")


@shared_task(name="a")
def a(x):
    pass


def plain(x):
    pass


async def plain_too(x):
    pass


def registered(x):
    pass


sent = app.task(registered)


def with_method(x):
    pass


with_method.delay = a.delay


@elsewhere
def decorated(x):
    pass


class Order:
    delay = a.delay


def send(order, charge):
    plain.delay(order)  # error: CS221
    plain.apply_async((order,))  # error: CS221
    plain_too.delay(order)  # error: CS221
    plain.si(order)  # error: CS221
    itself.send_all.delay(order)  # error: CS221
    itself.a.delay(order)
    a.delay(order)
    registered.delay(order)
    sent.delay(order)
    with_method.delay(order)
    decorated.delay(order)
    elsewhere.delay(order)
    charge.delay(order)
    order.charge.delay(order)
    Order.delay(order)

    def plain_inside(x):
        pass

    plain_inside.delay(order)
