from celery import shared_task
from django.db import transaction
from django.db.transaction import on_commit
from shop.errors import Busy


def later(task):
    on_commit(task.apply_async)


@shared_task(name="a")
def a(x):
    with transaction.atomic():
        if x:
            transaction.on_commit(a.s(x).apply_async)  # error: CS220
            raise Busy


@shared_task(name="b")
@transaction.atomic
def b(x):
    def again():
        later(b.s(x))

    if x:
        again()  # error: CS220
        print(x)
        raise Busy(x)
    on_commit(b.delay)


@shared_task(name="c", bind=True)
@transaction.atomic
def c(self, x):
    later(c.s(x))  # error: CS220
    raise self.retry()


@shared_task(name="d")
def d(x):
    on_commit(d.delay)
    raise Busy


@shared_task(name="e")
@transaction.atomic
def e(x):
    on_commit(e.delay)
    if x:
        raise Busy


@shared_task(name="f")
@transaction.atomic
def f(x):
    try:
        on_commit(f.delay)
        raise Busy
    except Busy:
        return


@shared_task(name="g")
def g(x):
    with transaction.atomic():
        on_commit(g.delay)
    raise Busy


@transaction.atomic
def django_task(order):
    if not order.paid:
        a.delay_on_commit(order.pk)  # error: CS220
        raise Busy
    a.delay_on_commit(order.pk)
