import os
from datetime import timedelta

from celery import Task, shared_task


@shared_task(name="a", autoretry_for=(OSError,), retry_backoff=600)  # error: CS304
def a():
    pass


@shared_task(name="b", autoretry_for=(OSError,), retry_backoff=60 * 60)  # error: CS304
def b():
    pass


@shared_task(name="c", autoretry_for=(OSError,), retry_backoff=60, retry_backoff_max=30)  # error: CS304
def c():
    pass


@shared_task(name="d", autoretry_for=(OSError,), retry_backoff=True)
def d():
    pass


@shared_task(name="e", autoretry_for=(OSError,), retry_backoff=3600, retry_backoff_max=86400)
def e():
    pass


@shared_task(name="f", autoretry_for=(OSError,), retry_backoff=3600, retry_backoff_max=CAP)
def f():
    pass


@shared_task(name="g", autoretry_for=(OSError,), retry_backoff=5)
def g():
    pass


HOUR = timedelta(hours=1).total_seconds()
FIRST = int(os.environ.get("FIRST", "3600"))


@shared_task(name="h", autoretry_for=(OSError,), retry_backoff=HOUR)  # error: CS304
def h():
    pass


@shared_task(name="i", autoretry_for=(OSError,), retry_backoff=FIRST)  # error: CS304
def i():
    pass


class Patient(Task):
    retry_backoff_max = 86400


@shared_task(name="j", base=Patient, autoretry_for=(OSError,), retry_backoff=HOUR)
def j():
    pass
