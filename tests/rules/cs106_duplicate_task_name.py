from functools import wraps

from celery import Celery, shared_task
from unknown import traced

app = Celery("shop")
other_app = Celery("warehouse")


def counted(function):
    def inner(*args):
        return function(*args)

    return inner


def logged(function):
    @wraps(function)
    def inner(*args):
        return function(*args)

    return inner


def limited(count):
    def decorator(function):
        def limited_inner(*args):
            return function(*args)

        return limited_inner

    return decorator


CHARGE = "shop.charge"


@app.task(name=CHARGE)
def charge():
    pass


@app.task(name="shop.charge")  # error: CS106
def charge_again():
    pass


@shared_task(name="shop.charge")
def charge_elsewhere():
    pass


@other_app.task(name="shop.charge")
def charge_of_another_app():
    pass


@shared_task
def refund():
    print(1)


@shared_task()  # error: CS106
def refund():
    print(2)


@shared_task
@counted
def a():
    pass


@shared_task  # error: CS106
@counted
def b():
    pass


@shared_task
@logged
def c():
    pass


@shared_task
@logged
def d():
    pass


@shared_task
@limited(1)
def e():
    pass


@shared_task  # error: CS106
@limited(2)
def f():
    pass


@shared_task
@traced
def g():
    pass


@shared_task
@traced
def h():
    pass


if CHARGE:

    @app.task(name="shop.mail")
    def mail():
        print("really")

else:

    @app.task(name="shop.mail")
    def mail():
        print("not")


try:

    @app.task(name="shop.sms")
    def sms():
        pass

except ImportError:

    @app.task(name="shop.sms")
    def sms():
        pass


@app.task(name=compute())
def i():
    pass


@app.task(name=compute())
def j():
    pass


@shared_task(**OPTIONS)
def k():
    pass


@shared_task(**OPTIONS)
def k():
    pass
