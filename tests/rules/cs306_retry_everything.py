from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from shop.errors import ShopError


@shared_task(name="a", autoretry_for=(Exception,))  # error: CS306
def a(x):
    return x


@shared_task(name="b", autoretry_for=[KeyError, BaseException], retry_backoff=True)  # error: CS306
def b(x):
    return x


@shared_task(name="c", autoretry_for=(ConnectionError, ShopError))
def c(x):
    return x


@shared_task(
    name="d",
    autoretry_for=(Exception,),
    dont_autoretry_for=(SoftTimeLimitExceeded, TypeError),
)
def d(x):
    return x


@shared_task(name="e")
def e(x):
    return x
