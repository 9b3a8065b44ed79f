from celery import Task, shared_task
from shop.helpers import pay


@shared_task(name="a", bind=True, retry_backoff=True)
def a(self, x):
    try:
        pay(x)
    except OSError as error:
        raise self.retry(exc=error)  # error: CS305


@shared_task(name="b", bind=True, retry_backoff=5, autoretry_for=(KeyError,))
def b(self, x):
    if not pay(x):
        self.retry()  # error: CS305


@shared_task(name="c", bind=True, retry_backoff=5, default_retry_delay=3)
def c(self, x):
    raise self.retry(throw=False)  # error: CS305


@shared_task(name="d", bind=True, retry_backoff=5)
def d(self, x):
    raise self.retry(countdown=2**self.request.retries)


@shared_task(name="e", bind=True, retry_backoff=5)
def e(self, x, when):
    raise self.retry(eta=when)


@shared_task(name="f", bind=True, retry_backoff=False)
def f(self, x):
    raise self.retry()


@shared_task(name="g", bind=True, retry_backoff=5)
def g(self, x, **options):
    raise self.retry(**options)


@shared_task(name="h", bind=True, retry_backoff=5, autoretry_for=(OSError,))
def h(self, x, client):
    client.retry()
    pay(x)


@shared_task(name="i", bind=True)
def i(self, x):
    raise self.retry()


@shared_task(name="j", bind=True, retry_backoff=5)
def j(self, x, error):
    raise self.retry(None, None, error, True, None, 5)


class Patient(Task):
    retry_backoff = 5


@shared_task(name="k", bind=True, base=Patient)
def k(self):
    raise self.retry()  # error: CS305


@shared_task(name="l", bind=True, retry_backoff=5)
def l(self):
    raise self.retry(countdown=None)  # error: CS305


@shared_task(name="m", bind=True, base=Patient, retry_backoff=False)
def m(self):
    raise self.retry()
