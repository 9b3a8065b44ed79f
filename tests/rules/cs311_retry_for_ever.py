from celery import Task, shared_task
from shop.helpers import pay


@shared_task(name="a", bind=True, max_retries=None)  # error: CS311
def a(self, x):
    if not pay(x):
        raise self.retry(countdown=5)


@shared_task(name="b", autoretry_for=(OSError,), max_retries=None)  # error: CS311
def b(x):
    pay(x)


@shared_task(name="c", autoretry_for=(OSError,), max_retries=9)
def c(x):
    pay(x)


@shared_task(name="d", autoretry_for=(OSError,))
def d(x):
    pay(x)


@shared_task(name="e", max_retries=None)
def e(x):
    pay(x)


@shared_task(name="f", bind=True)
def f(self, x):
    # None is "not given" here: the task's own number counts.
    raise self.retry(max_retries=None)


class Stubborn(Task):
    max_retries = None
    autoretry_for = (OSError,)


@shared_task(name="stubborn", base=Stubborn)  # error: CS311
def stubborn():
    pass


@shared_task(name="mild", base=Stubborn, max_retries=5)
def mild():
    pass
