from celery import Task, shared_task
from elsewhere import unknown


class OnceTask(Task):
    def apply_async(self, *args, once=None, **options):
        pass


@shared_task(name="a")
def a(x):
    pass


@shared_task(name="b", base=OnceTask)
def b(x):
    pass


def send(options, pool):
    a.apply_async((1,), countdwon=10)  # error: CS203
    a.apply_async(args=(1,), que="mail")  # error: CS203
    a.apply_async((1,), countdown=10, queue="mail", MessageGroupId="g", headers={"x": 1})
    a.apply_async((1,), **options)
    a.apply_async_on_commit((1,), priority=3)
    b.apply_async((1,), once={})
    a.apply_async((1,), idempotency_key="order-7")
    unknown.apply_async((1,), anything=1)
    pool.apply_async(a, callback=print)


def send_signatures(app):
    a.s(1).apply_async(countdwon=10)  # error: CS203
    a.si(1).set(queue="mail").apply_async(countdown=10)
    app.send_task("a", args=(1,), countdwon=10)  # error: CS203
    app.send_task(name="a", args=(1,), countdown=10, route_name="a")
    app.send_task("elsewhere", args=(1,), anything=10)
    b.s(1).apply_async(once={})
