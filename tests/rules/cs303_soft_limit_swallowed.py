import logging
import sys
from contextlib import contextmanager, suppress

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.exceptions import SoftTimeLimitExceeded as Late
from shop.helpers import fetch


@shared_task(name="a", soft_time_limit=60)
def a(orders):
    for order in orders:
        try:
            fetch(order)
        except Exception:  # error: CS303
            logging.exception("failed")


@shared_task(name="b", soft_time_limit=60)
def b(order):
    try:
        fetch(order)
    except:  # error: CS303
        return False


@shared_task(name="c", soft_time_limit=60)
def c(order):
    return c_inner(order)


def c_inner(order):
    try:
        return fetch(order)
    except (ValueError, Exception) as error:  # error: CS303
        return str(error)


@shared_task(name="d", soft_time_limit=60)
def d(order):
    try:
        fetch(order)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        return None


@shared_task(name="e", soft_time_limit=60)
def e(order):
    try:
        fetch(order)
    except Exception:
        logging.exception("failed")
        raise


@shared_task(name="f", soft_time_limit=60, bind=True)
def f(self, order):
    try:
        fetch(order)
    except Exception as error:
        self.retry(exc=error)


@shared_task(name="g", soft_time_limit=None)
def g(order):
    try:
        fetch(order)
    except Exception:
        return None


@shared_task(name="h")
def h(order):
    try:
        fetch(order)
    except Exception:
        return None


@shared_task(name="i", soft_time_limit=60)
def i(order):
    try:
        fetch(order)
    except ValueError:
        return None


@shared_task(name="j", soft_time_limit=60)
def j(order):
    try:
        number = int(order)
    except Exception:
        number = 0
    return number


@shared_task(name="k", soft_time_limit=60)
def k(order):
    try:
        fetch(order)
    except Exception as error:
        if isinstance(error, SoftTimeLimitExceeded):
            return "late"
        return "failed"


@shared_task(name="m", soft_time_limit=60)
def m(order):
    try:
        fetch(order)
    except Exception:
        sys.exit(1)


def not_called_by_a_task(order):
    try:
        fetch(order)
    except Exception:
        return None


@contextmanager
def quietly():
    try:
        yield
    except Exception:  # error: CS303
        print("no")


@shared_task(name="in_context", soft_time_limit=5)
def in_context(x):
    with quietly():
        fetch(x)
    with suppress(Exception):  # error: CS303
        fetch(x)
    with suppress(KeyError):
        fetch(x)


@shared_task(name="renamed", soft_time_limit=5)
def renamed(x):
    try:
        fetch(x)
    except Late:
        raise
    except Exception:
        print("no")
