from celery import Celery, shared_task

app = Celery("shop")


def multiplier(factor):
    @app.task  # error: CS107
    def multiply(number):
        return number * factor

    return multiply


double = multiplier(2)
triple = multiplier(3)


def view(request, order_id):
    @shared_task(name="shop.work")  # error: CS107
    def work():
        print(order_id)

    work.delay()


def named(key):
    @app.task(name=f"shop.{key}")
    def run():
        print(key)

    return run


first = named("a")
second = named("b")


def once(limit):
    @app.task
    def clean():
        print(limit)

    return clean


clean = once(5)


def create_app(config):
    celery = Celery("shop")

    @celery.task(name="shop.configured")
    def configured():
        print(config)

    configured.delay()
    return celery


def register(celery, config):
    @celery.task(name="shop.registered")
    def registered():
        print(config)

    return registered


register(app, 1)
register(app, 2)


def start(config):
    @app.task(name="shop.started")
    def started():
        print(config)


start(1)
start(2)


def unrelated(config):
    @app.task(name="shop.plain")
    def plain(config):
        print(config)

    plain.delay(config)


def test_send(order_id):
    @app.task(name="shop.in_test")
    def in_test():
        print(order_id)

    in_test.delay()


class Shop:
    def setup(self):
        @app.task(name="shop.of_instance")
        def of_instance():
            print(self)

        return of_instance


Shop().setup()
Shop().setup()


def later(order_id):
    @app.task(name="shop.later")  # error: CS107
    def inner():
        print(order_id)

    inner.si().apply_async(countdown=5)


def total(order):
    amount = order.total

    @shared_task(name="shop.total")  # error: CS107
    def inner():
        print(amount)

    inner.delay()


def constant():
    amount = 5

    @shared_task(name="shop.constant")
    def inner():
        print(amount)

    inner.delay()
